/** Bounds of the wait before another try, in milliseconds. */
export const retryMsMin = 500;
export const retryMsMax = 5000;

/**
 * How long to wait before try number `attempt` (0 is the first). Grows by half each time up to the greatest and never gives up: a wall has nobody
 * to press reload. The jitter keeps a hundred walls from knocking at a restarted server in the same instant.
 * @param random 0 to 1
 */
export function retryDelayMs(attempt: number, random: number): number {
  const grown = retryMsMin * 1.5 ** Math.min(attempt, 20);
  const jittered = Math.min(grown, retryMsMax) * (0.75 + 0.5 * random);
  return Math.round(Math.min(Math.max(jittered, retryMsMin), retryMsMax));
}
