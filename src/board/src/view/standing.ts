import type { Standing } from "../link/standing";
import { byId, setAttribute, setIcon, setText } from "./dom";
import { age, clock, span } from "./words";

/** What the standing is shown with. */
export interface StandingFacts {
  /** Monotonic milliseconds. */
  readonly now: number;
  readonly dataAgeMs: number | null;
  /** True once figures are on the screen. */
  readonly shown: boolean;
}

interface Words {
  readonly icon: string;
  readonly word: string;
  readonly detail: string;
  /** Over the whole wall, where its figures must not be trusted as they stand. */
  readonly banner?: { readonly title: string; readonly detail: string };
}

/** Figures that were complete no longer ago than this, as when a silo is lost, are told of in the badge and by paler colours: over the header a banner would hide more than it tells. */
const calmMs = 15_000;

/** The wall's word about itself: a badge always, a banner and a grey wall where its figures are not the present. */
export class StandingView {
  private readonly icon = byId("standing-icon");
  private readonly banner = byId("banner");

  show(standing: Standing, facts: StandingFacts): void {
    const words = wordsOf(standing, facts);
    setAttribute(document.documentElement, "data-standing", standing.kind);
    setIcon(this.icon, `standing-${words.icon}`);
    setText(byId("standing-word"), words.word);
    setText(byId("standing-detail"), words.detail);
    const title = words.banner === undefined ? "Realtime Adoption" : `${words.word} – Realtime Adoption`;
    if (document.title !== title) document.title = title;
    this.banner.hidden = words.banner === undefined;
    if (words.banner !== undefined) {
      setIcon(byId("banner-icon"), `standing-${words.icon}`);
      setText(byId("banner-title"), words.banner.title);
      setText(byId("banner-detail"), words.banner.detail);
    }
  }

  /** A sign of life that only a heartbeat gives. */
  beat(): void {
    this.icon.classList.remove("beat");
    void this.icon.getBoundingClientRect();
    this.icon.classList.add("beat");
  }
}

export function wordsOf(standing: Standing, { now, dataAgeMs, shown }: StandingFacts): Words {
  const data = dataAgeMs === null ? "No data received yet" : `Newest data ${age(dataAgeMs)} old`;
  switch (standing.kind) {
    case "live":
      return { icon: "live", word: "Live", detail: data };
    case "quiet":
      return {
        icon: "quiet",
        word: "Quiet",
        detail: dataAgeMs === null ? "Connected, no event yet" : `Connected, no event for ${span(dataAgeMs)}`,
      };
    case "catching_up": {
      const words = { icon: "busy", word: "Catching up", detail: data };
      if (shown && now - standing.since < calmMs) return words;
      return { ...words, banner: { title: words.word, detail: `The figures are not yet complete. ${standing.detail}` } };
    }
    case "connecting":
      return { icon: "busy", word: "Connecting", detail: shown ? "Waiting to hear how old the figures are" : "Waiting for the first figures" };
    case "reconnecting":
      // Most losses end within a second: the badge and paler colours tell them, the banner would only flicker.
      return { icon: "busy", word: "Reconnecting", detail: `Figures of ${span(now - standing.since)} ago` };
    case "disconnected": {
      const since = clock(new Date(Date.now() - (now - standing.since)));
      return {
        icon: "lost",
        word: "Disconnected",
        detail: shown ? data : "The server does not answer",
        banner: {
          title: `Disconnected since ${since}`,
          detail: shown ? `What stands below is ${span(now - standing.since)} old. Trying again.` : "The server does not answer. Trying again.",
        },
      };
    }
    case "refused":
      return { icon: "key", word: "Key needed", detail: "The server asks for a read key" };
  }
}
