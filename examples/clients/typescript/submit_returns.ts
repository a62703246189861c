// Submits a CSV file of returns to Entente and waits for the result of every line.
//
//   ENTENTE_URL=https://entente.example ENTENTE_KEY=entk_... node submit_returns.js returns.csv [EVENT_TYPE]
//
// Rejected lines are written to returns.rejected.csv, ready to be corrected and submitted again.
// Exit code: 0 every line is done, 1 some lines were rejected, 2 the file was not accepted.
// Needs Node 20 and nothing else; compile it with `tsc` first.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

interface Counts {
  total: number | null;
  applied: number;
  unchanged: number;
  duplicate: number;
  rejected: number;
}

interface Batch {
  id: string;
  status: "received" | "processing" | "needs_confirmation" | "completed" | "rejected" | "cancelled";
  counts: Counts;
  code: string | null;
  detail: string | null;
}

interface Problem {
  code: string;
  detail: string;
  errors?: { line?: number; message: string }[];
}

const url = process.env.ENTENTE_URL ?? "http://127.0.0.1:8080";
const key = process.env.ENTENTE_KEY ?? "";
const tries = 6;

/** Sends a request, again and again while the server or the network is busy. */
async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${key}`, ...init.headers };
  for (let attempt = 1; ; attempt++) {
    let wait = Math.min(2 ** attempt, 60);
    try {
      const answer = await fetch(url + path, { ...init, headers });
      const busy = [429, 502, 503, 504].includes(answer.status);
      if (!busy || attempt === tries) return answer;
      wait = Number(answer.headers.get("Retry-After") ?? wait);
    } catch (failure) {
      if (attempt === tries) throw failure;
    }
    await sleep(wait * 1000);
  }
}

/** The body of a good answer; a problem ends the program. */
async function json<T>(answer: Response): Promise<T> {
  if (answer.ok) return (await answer.json()) as T;
  const problem = (await answer.json()) as Problem;
  console.error(`${problem.code}: ${problem.detail}`);
  for (const fault of problem.errors ?? []) {
    console.error(`  line ${fault.line ?? "-"}: ${fault.message}`);
  }
  process.exit(2);
}

/** Submits the file; sent twice under the same key, it is still one batch. */
async function submit(file: string, eventType?: string): Promise<Batch> {
  const body = await readFile(file);
  const options = new URLSearchParams({ file_name: basename(file) });
  if (eventType) options.set("event_type_id", eventType);
  const headers = {
    "Content-Type": "text/csv",
    "Idempotency-Key": createHash("sha256").update(`${options}`).update(body).digest("hex"),
    Prefer: "wait=20",
  };
  return json(await call(`/v1/reversals?${options}`, { method: "POST", headers, body }));
}

/** Waits until every line has its result. */
async function finished(batch: Batch): Promise<Batch> {
  while (batch.status === "received" || batch.status === "processing") {
    await sleep(2000);
    batch = await json(await call(`/v1/reversals/${batch.id}`));
  }
  return batch;
}

async function main(file: string, eventType?: string): Promise<number> {
  const batch = await finished(await submit(file, eventType));
  console.log(`${batch.id} ${batch.status}: ${JSON.stringify(batch.counts)}`);
  if (batch.status !== "completed") {
    console.error(`${batch.code}: ${batch.detail}`);
    return 2;
  }
  if (batch.counts.rejected === 0) return 0;
  const answer = await call(`/v1/reversals/${batch.id}/rejected.csv`);
  const rejected = file.replace(/\.[^.]*$/, "") + ".rejected.csv";
  await writeFile(rejected, await answer.text());
  console.log(`rejected lines are in ${rejected}`);
  return 1;
}

main(process.argv[2], process.argv[3]).then((code) => process.exit(code));
