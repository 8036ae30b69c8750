/** The bands of health, worst first. `unknown` is none of them: it says that too little is known. */
const bands = ["red", "yellow", "green"];

/** Higher is better; unknown and any other word are below all. */
export function bandRank(band: string | null): number {
  return bands.indexOf(band ?? "");
}
