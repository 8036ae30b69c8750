/** How a band of health looks: a colour, a shape and a word, so that none of them stands alone. Shapes and colours say 'how bad' as those of churn risk do. */
export interface BandLook {
  readonly look: "unknown" | "high" | "medium" | "lowest";
  readonly word: string;
}

const looks: Readonly<Record<string, BandLook>> = {
  red: { look: "high", word: "Red" },
  yellow: { look: "medium", word: "Yellow" },
  green: { look: "lowest", word: "Green" },
  unknown: { look: "unknown", word: "Unknown" },
};

export function bandOf(band: string | null): BandLook {
  return looks[band ?? "unknown"] ?? { look: "unknown", word: band ?? "Unknown" };
}
