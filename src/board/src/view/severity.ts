/** How loud an alert is: a word always, filled in where it calls for somebody at once. */
export interface SeverityLook {
  /** Also the style sheet's name for it. */
  readonly look: "urgent" | "warning" | "notice" | "info";
  readonly word: string;
}

const looks: Readonly<Record<string, SeverityLook>> = {
  urgent: { look: "urgent", word: "Urgent" },
  warning: { look: "warning", word: "Warning" },
  notice: { look: "notice", word: "Notice" },
  info: { look: "info", word: "Info" },
};

export function severityOf(severity: string): SeverityLook {
  return looks[severity] ?? { look: "info", word: severity };
}

/** An alert's type in the wall's words; one that the wall does not know is spelt out from its id. */
export function alertWords(type: string): string {
  return words[type] ?? spelt(type);
}

const words: Readonly<Record<string, string>> = {
  health_slip: "Health slipped",
  stage_up: "Stage up",
  stage_down: "Stage down",
  product_adopted: "Product adopted",
  product_lapsed: "Product lapsed",
  product_unadopted: "Paid for, not adopted",
  second_product_overdue: "Second product overdue",
  breadth_without_depth: "Broad but shallow use",
  champion_quiet: "Champion gone quiet",
  seats_low: "Few seats in use",
  seats_full: "Seats full",
  sentiment_low: "Unhappy users",
  renewal_near: "Renewal near",
  contact_due: "Contact due",
  expansion_ready: "Ready to expand",
  account_silent: "Account silent",
};

function spelt(type: string): string {
  const text = type.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}
