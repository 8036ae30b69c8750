import { byId, setText } from "./dom";

/** The panel that asks for a read key where the server refused the one it got. */
export class SignInView {
  private readonly form = byId<HTMLFormElement>("sign-in");
  private readonly input = byId<HTMLInputElement>("key");

  constructor(submit: (key: string) => void) {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const key = this.input.value.trim();
      if (key === "") return;
      this.hide();
      submit(key);
    });
  }

  /** @param refused a key was given and the server did not take it */
  ask(refused: boolean): void {
    setText(byId("sign-in-why"), refused ? "The server did not accept the key it was given." : "Whoever runs the server can give you one.");
    if (!this.form.hidden) return;
    this.form.hidden = false;
    this.input.value = "";
    this.input.focus();
  }

  hide(): void {
    this.form.hidden = true;
  }
}
