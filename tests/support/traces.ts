/** Where a trace of somebody could be left, read whole: every row of Postgres, every event of Temporal, every key. */
import { readdirSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import type { Product } from './http.ts';

/** gRPC's code. */
const NOT_FOUND = 5;

/** Every row of every table as text; bytes as what they would say as UTF-8. */
export async function allRows(product: Product): Promise<string> {
  const client = new pg.Client({ connectionString: product.env.DATABASE_URL! });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "select format('%I.%I', table_schema, table_name) as name from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
    );
    let text = '';
    for (const { name } of tables) {
      const { rows } = await client.query<Record<string, unknown>>(`select * from ${name}`);
      text += rows.map((row) => `${name} ${textIn(row).replaceAll('\n', ' ')}\n`).join('');
    }
    return text;
  } finally {
    await client.end();
  }
}

/** What one query finds in the product's database. */
export async function rowsOf<Row extends pg.QueryResultRow>(
  product: Product,
  query: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: product.env.DATABASE_URL! });
  await client.connect();
  try {
    return (await client.query<Row>(query, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Histories and descriptions of workflows with all their payloads as text; undefined for one that Temporal does not know. */
export async function executions(product: Product, workflowIds: readonly string[]): Promise<(string | undefined)[]> {
  const connection = await Connection.connect({ address: product.env.TEMPORAL_ADDRESS! });
  try {
    const client = new Client({ connection });
    return await Promise.all(
      workflowIds.map(async (workflowId) => {
        try {
          const handle = client.workflow.getHandle(workflowId);
          const [{ raw }, history] = await Promise.all([handle.describe(), handle.fetchHistory()]);
          return textIn([raw, history]);
        } catch (error) {
          const { name, code } = error as { name?: string; code?: number };
          if (name === 'WorkflowNotFoundError' || code === NOT_FOUND) return undefined;
          throw error;
        }
      }),
    );
  } finally {
    await connection.close();
  }
}

/** How many keys there are. */
export function countKeys(product: Product): number {
  return readdirSync(product.env.PACTA_KEYS_DIR!, { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  ).length;
}

/** Everything in it that is text, payloads too: messages of Temporal turn their bytes into base64 when they become JSON. */
function textIn(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (value === null || typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name}: ${textIn(inner)}`)
    .join('\n');
}
