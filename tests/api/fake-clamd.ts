/** A server that speaks clamd's INSTREAM, strictly, over a real socket. */
import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

const COMMAND = 'zINSTREAM\0';

export interface FakeClamd {
  readonly server: Server;
  /** Whole files that it has looked at. */
  readonly scanned: Buffer[];
  /** What it does instead of answering. */
  trouble: 'none' | 'silent' | 'hangsUp' | 'answersHalf' | 'limit';
  close(): Promise<void>;
}

/** @param at a port, 0 for any, or the path of a unix socket */
export async function startFakeClamd(at: number | string): Promise<FakeClamd> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (piece: Buffer) => {
      received = Buffer.concat([received, piece]);
      const file = fileIn(received);
      if (file !== undefined) answer(fake, socket, file);
    });
  });
  const fake: FakeClamd = {
    server,
    scanned: [],
    trouble: 'none',
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  server.listen(at);
  await once(server, 'listening');
  return fake;
}

/** Undefined while chunks are missing. */
function fileIn(received: Buffer): Buffer | undefined {
  if (received.length < COMMAND.length) return undefined;
  if (received.toString('latin1', 0, COMMAND.length) !== COMMAND) throw new Error('not the command');
  const chunks: Buffer[] = [];
  for (let at = COMMAND.length; at + 4 <= received.length;) {
    const length = received.readUInt32BE(at);
    if (length === 0) return Buffer.concat(chunks);
    if (at + 4 + length > received.length) return undefined;
    chunks.push(received.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return undefined;
}

function answer(fake: FakeClamd, socket: Socket, file: Buffer): void {
  switch (fake.trouble) {
    case 'silent':
      return;
    case 'hangsUp':
      socket.destroy();
      return;
    case 'answersHalf':
      socket.end('stream: O');
      return;
    case 'limit':
      socket.end('INSTREAM size limit exceeded. ERROR\0');
      return;
    case 'none':
      fake.scanned.push(file);
      socket.end(file.includes('EICAR') ? 'stream: Win.Test.EICAR_HDB-1 FOUND\0' : 'stream: OK\0');
  }
}
