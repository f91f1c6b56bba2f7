/** How a double announces itself and how it ends. */

/**
 * Prints the one line that says the double is ready, then ends the process when standard input closes or a signal
 * comes: whoever started it holds the other end of that pipe, so its death is noticed however it dies.
 */
export function announce(details) {
  process.stdout.on('error', () => process.exit(0));
  const end = () => process.exit(0);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdin.on('end', end);
  process.stdin.on('close', end);
  process.stdin.on('error', end);
  process.stdin.resume();
  // Last: whoever reads it may end us at once.
  process.stdout.write(`${JSON.stringify(details)}\n`);
}
