import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The board on made-up figures, to look at and to work on without a server: `npm run dev`, then `/?scene=live`. Never shipped. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  base: "./",
  build: { assetsInlineLimit: 0 },
  plugins: [
    {
      name: "made-up-figures",
      transformIndexHtml: { order: "pre", handler: (html) => html.replace("/src/main.ts", "/dev/main.ts") },
    },
  ],
});
