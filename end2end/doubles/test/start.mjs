/** Starts a double as a test of the application would: a child process with a piped stdin. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export async function startChild(name) {
  const script = fileURLToPath(new URL(`../${name}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const details = JSON.parse(line);

  async function control(method, path, body) {
    const response = await fetch(details.control_url + path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: response.status, ...(await response.json()) };
  }

  return {
    ...details,
    child,
    get: (path) => control('GET', path),
    post: (path, body) => control('POST', path, body),
    delete: (path) => control('DELETE', path),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

export function eml(headers, body = 'Hello') {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
