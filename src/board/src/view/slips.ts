import type { BoardDocument } from "../wire/document";
import { bandRank } from "../wire/band";
import type { Slip } from "../wire/messages";
import { bandOf } from "./band";
import { byId, el, icon, KeyedList, setText } from "./dom";
import { GlidingList, tickAge } from "./glidingList";
import { oneDecimal, person, signed, withoutDomains } from "./words";

interface Entry {
  readonly root: HTMLElement;
  readonly time: HTMLTimeElement;
  readonly at: number;
}

/** Accounts whose health slipped, newest first, with what cost the points. */
export class SlipsView {
  private readonly box = byId("slips");
  private readonly empty = byId("slips-empty");

  private readonly entries = new GlidingList(this.box, new KeyedList<Slip, Entry>(this.box, (slip) => slip.id, makeEntry, () => undefined));

  show({ slips, model }: BoardDocument): void {
    this.empty.hidden = slips.length > 0;
    setText(this.empty, model.health ? "Nobody has slipped. Each slip stands here the moment it happens, with what cost the points." : "This model has no health score, so nobody can slip.");
    this.entries.show(slips);
  }

  /** @param serverNow the server's clock, milliseconds of Unix time */
  tick(serverNow: number): void {
    this.entries.each((entry) => tickAge(entry, serverNow));
  }
}

function makeEntry(slip: Slip): Entry {
  const to = bandOf(slip.to);
  const name = el("span", "entry-name", slip.name);
  name.title = slip.name;
  const time = el("time", "entry-time");
  time.dateTime = slip.at;
  // Its ticking is not news.
  time.setAttribute("aria-hidden", "true");
  const owner = el("span", "entry-owner", slip.owner === null ? "" : person(slip.owner));
  // That an account was recomputed is no reason of what happened to it.
  const cause = slip.cause_kind === "rebuild" ? "" : ` · ${withoutDomains(slip.cause)}`;
  const reason = el("p", "entry-reason", el("b", "", withoutDomains(slip.reason)), cause);
  reason.title = `${slip.reason} · ${slip.cause}`;
  // A fall within green is bad news too, and green would say that it is none.
  const root = el("li", `entry slip risk-${to.look === "lowest" ? "none" : to.look}`, el("p", "entry-top", name, owner, time), moveOf(slip), reason);
  root.dataset["slip"] = slip.id;
  root.dataset["account"] = slip.account;
  root.dataset["to"] = slip.to ?? "unknown";
  return { root, time, at: Date.parse(slip.at) };
}

function moveOf(slip: Slip): HTMLElement {
  const from = bandOf(slip.from);
  const to = bandOf(slip.to);
  const move = el("p", "entry-move");
  const fellFrom = bandRank(slip.from) > bandRank(slip.to);
  if (fellFrom) move.append(chip(from.look, from.word, "from"), icon("to", "icon to"), el("span", "hidden", " fell to "));
  move.append(chip(to.look, fellFrom ? to.word : slip.from === slip.to ? `Still ${to.word.toLowerCase()}, falling fast` : `${to.word}, falling fast`, "now"));
  if (slip.score_before !== null && slip.score_after !== null) {
    move.append(
      el("span", "entry-score", `${oneDecimal(slip.score_before)} → ${oneDecimal(slip.score_after)}`),
      el("b", "entry-points", signed(slip.score_after - slip.score_before)),
    );
  }
  return move;
}

function chip(look: string, word: string, which: string): HTMLElement {
  return el("span", `band-chip ${which} risk-${look}`, icon(`risk-${look}`), el("span", "", word));
}
