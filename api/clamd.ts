/**
 * A scanner that asks a clamd (ClamAV's daemon) over its socket, by the command INSTREAM: the file goes in chunks, each with
 * its length before it as 4 bytes, an empty chunk ends it, and one line answers.
 */
import { connect, type Socket } from 'node:net';
import { ScannerAway, type Scanner, type Verdict } from './scanner.ts';

const CHUNK_BYTES = 256 * 1024;
/** More than any answer has. */
const LONGEST_ANSWER = 4096;
const PATIENCE_MS = 30_000;

type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** @param withinMs how long connecting, sending and scanning may take together */
export function clamd(address: Address, withinMs = PATIENCE_MS): Scanner {
  return {
    async scan(bytes) {
      const socket = connect(address);
      const timer = setTimeout(() => socket.destroy(new Error('No answer in time')), withinMs);
      try {
        send(socket, bytes);
        return verdictOf(await answerOf(socket));
      } catch (error) {
        if (error instanceof ScannerAway) throw error;
        throw new ScannerAway('The scanner cannot be reached', { cause: error });
      } finally {
        clearTimeout(timer);
        socket.destroy();
      }
    },
  };
}

function send(socket: Socket, bytes: Buffer): void {
  socket.write('zINSTREAM\0');
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const chunk = bytes.subarray(at, at + CHUNK_BYTES);
    socket.write(lengthOf(chunk.length));
    socket.write(chunk);
  }
  socket.write(lengthOf(0));
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}

/** Up to the NUL that ends it; what comes without one may be cut off, and is no answer. */
async function answerOf(socket: Socket): Promise<string> {
  let answer = '';
  for await (const piece of socket as AsyncIterable<Buffer>) {
    answer += piece.toString('latin1');
    const end = answer.indexOf('\0');
    if (end >= 0) return answer.slice(0, end);
    if (answer.length > LONGEST_ANSWER) break;
  }
  throw new ScannerAway('The scanner ended without an answer');
}

/** `stream: OK`, `stream: Eicar-Signature FOUND`; anything else, such as its size limit, means that it did not look. */
function verdictOf(answer: string): Verdict {
  if (answer === 'stream: OK') return { clean: true };
  const [, found] = /^stream: ([\x21-\x7e ]{1,200}) FOUND$/.exec(answer) ?? [];
  if (found !== undefined) return { clean: false, found };
  throw new ScannerAway('The scanner did not look at the whole file');
}
