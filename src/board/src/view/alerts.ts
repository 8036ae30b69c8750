import type { BoardDocument } from "../wire/document";
import type { Alert, AlertCount } from "../wire/messages";
import { byId, el, icon, KeyedList, setAttribute, setText } from "./dom";
import { GlidingList, tickAge } from "./glidingList";
import { Figure } from "./motion";
import { alertWords, severityOf } from "./severity";
import { count, none, person, withoutDomains } from "./words";

const severities = ["urgent", "warning", "notice", "info"] as const;

interface Entry {
  readonly root: HTMLElement;
  readonly pill: HTMLElement;
  readonly name: HTMLElement;
  readonly owner: HTMLElement;
  readonly time: HTMLTimeElement;
  readonly what: HTMLElement;
  readonly reason: Text;
  readonly action: HTMLElement;
  readonly taken: HTMLElement;
  at: number;
}

/** Live alerts: how many of each severity nobody has taken up, and the first of them; a storm is one line. */
export class AlertsView {
  private readonly box = byId("alerts");
  private readonly empty = byId("alerts-empty");
  private readonly open = new Map(severities.map((severity) => [severity, new Figure(byId(`alerts-${severity}`), count)]));

  private readonly entries = new GlidingList(this.box, new KeyedList<Alert, Entry>(this.box, (alert) => alert.id, makeEntry, fillEntry));

  show({ alerts, alert_counts: counts, model, fleet }: BoardDocument): void {
    for (const severity of severities) this.showCount(severity, model.alerts ? counts[severity] : null);
    this.empty.hidden = alerts.length > 0;
    setText(this.empty, emptyWords(model.alerts, fleet.accounts));
    this.entries.show(alerts);
  }

  /** @param serverNow the server's clock, milliseconds of Unix time */
  tick(serverNow: number): void {
    this.entries.each((entry) => tickAge(entry, serverNow));
  }

  private showCount(severity: (typeof severities)[number], of: AlertCount | null): void {
    this.open.get(severity)?.show(of?.open ?? null, none);
    const box = byId(`alerts-${severity}-box`);
    setAttribute(box, "data-open", String(of?.open ?? 0));
    setAttribute(box, "data-acknowledged", String(of?.acknowledged ?? 0));
    setText(byId(`alerts-${severity}-taken`), count(of?.acknowledged ?? 0));
  }
}

function emptyWords(hasAlerts: boolean, accounts: number): string {
  if (!hasAlerts) return "This model has no alerts.";
  return accounts === 0 ? "No account yet, so nothing to alert to." : "Nothing calls for anybody. Alerts stand here, the most severe first.";
}

function makeEntry(alert: Alert): Entry {
  const pill = el("span", "pill");
  const name = el("span", "entry-name");
  const owner = el("span", "entry-owner");
  const time = el("time", "entry-time");
  time.setAttribute("aria-hidden", "true");
  const what = el("b");
  const reason = document.createTextNode("");
  const action = el("p", "entry-action");
  const taken = el("p", "entry-taken", icon("taken"), el("span"));
  const root = el("li", "entry alert", el("p", "entry-top", pill, name, owner, time), el("p", "entry-reason", what, " · ", reason), action, taken);
  root.dataset["alert"] = alert.id;
  return { root, pill, name, owner, time, what, reason, action, taken, at: 0 };
}

function fillEntry(entry: Entry, alert: Alert): void {
  const severity = severityOf(alert.severity);
  const isStorm = alert.account === null;
  const name = isStorm ? `${count(alert.count)} alerts` : (alert.name ?? alert.account ?? "");
  setAttribute(entry.root, "data-severity", severity.look);
  setAttribute(entry.root, "data-state", alert.state);
  setAttribute(entry.root, "data-type", alert.type);
  setAttribute(entry.root, "data-alerts", String(alert.count));
  if (!isStorm) setAttribute(entry.root, "data-account", alert.account ?? "");
  // One urgent among many must not make a storm look urgent as a whole.
  setText(entry.pill, alert.of_severity < alert.count ? `${count(alert.of_severity)} ${severity.word.toLowerCase()}` : severity.word);
  setText(entry.name, name);
  setAttribute(entry.name, "title", name);
  setText(entry.owner, alert.owner === null ? "" : person(alert.owner));
  setText(entry.what, alertWords(alert.type));
  const reason = withoutDomains(alert.reason);
  if (entry.reason.data !== reason) entry.reason.data = reason;
  setAttribute(entry.root, "title", alert.reason);
  setText(entry.action, alert.action);
  const taken = takenWords(alert);
  setText(entry.taken.lastElementChild as Element, taken);
  entry.taken.hidden = taken === "";
  entry.action.hidden = taken !== "" || alert.action === "" || alert.severity !== "urgent";
  entry.at = Date.parse(alert.opened_at);
  if (entry.time.dateTime !== alert.opened_at) entry.time.dateTime = alert.opened_at;
}

/** Who has it in hand; empty while nobody has. */
function takenWords(alert: Alert): string {
  if (alert.account === null) return alert.acknowledged === 0 ? "" : `${count(alert.acknowledged)} of ${count(alert.count)} acknowledged`;
  if (alert.state !== "acknowledged") return "";
  return alert.acknowledged_by === null ? "Acknowledged" : `Acknowledged by ${person(alert.acknowledged_by)}`;
}
