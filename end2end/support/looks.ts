/** What every page has to pass when somebody looks at it. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** What axe holds against a page, but for minor findings: the rule, and where. Mail in frames is other people's. */
export async function faults(page: Page): Promise<string[]> {
  const { violations } = await steadily(page, () => new AxeBuilder({ page }).exclude('iframe').analyze());
  return violations
    .filter(({ impact }) => impact !== 'minor')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
}

/** Notes, without ending the test, what axe finds and whether something reaches beyond the edge. */
export async function inspect(page: Page, name: string): Promise<void> {
  expect.soft(await faults(page), `axe on ${name}`).toEqual([]);
  const beyond = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(await steadily(page, beyond), `${name}: nothing reaches beyond the edge`).toBe(0);
}

/** A page that follows a run loads itself again when the run ends. What was being asked of it then is asked once more. */
async function steadily<T>(page: Page, ask: () => Promise<T>): Promise<T> {
  const started = Date.now();
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const hasLeft = /context was destroyed|navigat|frame (was|got) detached|cannot find context/i.test(`${error}`);
      if (!hasLeft || Date.now() - started > 30_000) throw error;
      await page.waitForLoadState();
    }
  }
}
