import { bandRank } from "./band";
import type { Change } from "./messages";

/**
 * The lines that the feed shows. A product that moves a stage makes two changes of one cause; the wall tells them as one line, the
 * stage's, which names the product. A band that fell is a slip and stands among the slips. Changes of unknown type are left out. Newest first.
 */
export function feedLines(feed: readonly Change[]): readonly Change[] {
  const moved = new Set(feed.filter((change) => change.type === "stage_changed").map(occasion));
  return feed.filter((change) => {
    if (change.type === "stage_changed") return true;
    if (change.type === "alert_opened") return true;
    if (change.type === "band_changed") return bandRank(change.to) > bandRank(change.from);
    return (change.type === "product_adopted" || change.type === "product_lapsed") && !moved.has(occasion(change));
  });
}

/** One account at one instant for one cause. */
function occasion(change: Change): string {
  return `${change.account}\n${change.at}\n${change.day}\n${change.cause_kind}`;
}
