/** Child processes of a test: started, listened to, and always ended. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';

export interface Spawned {
  /** Everything written so far, both streams. */
  output(): string;
  /** The first match of the pattern in the output; fails when the process ends or takes too long. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** Closes standard input, sends SIGTERM and waits for the end. */
  stop(): Promise<void>;
}

const START_LIMIT_MS = 60_000;

export function start(command: string, args: string[], options: { env?: NodeJS.ProcessEnv; cwd?: string } = {}): Spawned {
  const child: ChildProcessWithoutNullStreams = spawn(command, args, { ...options, stdio: 'pipe' });
  let output = '';
  let failure: Error | undefined;
  const listeners = new Set<() => void>();
  const notify = () => listeners.forEach((listener) => listener());
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      notify();
    });
  }
  child.stdin.on('error', () => undefined); // it may have ended already
  child.on('error', (error) => { failure = error; notify(); });
  child.on('exit', (code, signal) => { failure = new Error(`${command} ended (${code ?? signal})`); notify(); });

  function waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void) => {
        clearTimeout(limit);
        listeners.delete(look);
        act();
      };
      const look = () => {
        const found = pattern.exec(output);
        if (found) finish(() => resolve(found));
        else if (failure) finish(() => reject(new Error(`${failure?.message} before ${pattern}:\n${output}`)));
      };
      const limit = setTimeout(() => finish(() => reject(new Error(`no ${pattern} from ${command}:\n${output}`))), START_LIMIT_MS);
      listeners.add(look);
      look();
    });
  }

  async function stop(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const ended = once(child, 'exit');
    child.stdin.end();
    child.kill('SIGTERM');
    await ended;
  }

  return { output: () => output, waitFor, stop };
}

/** Runs a command to its end with `input` on standard input. */
export async function run(command: string, args: string[], options: { env?: NodeJS.ProcessEnv; cwd?: string; input?: string }): Promise<string> {
  const { input = '', ...rest } = options;
  const child = spawn(command, args, { ...rest, stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text; });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}
