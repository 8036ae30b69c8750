import "@fontsource-variable/archivo/wdth.css";
import "./board.css";
import { keepKey, keptKey, takeKeyFromAddress } from "./link/accessKey";
import { BoardLink, connectHub } from "./link/link";
import { Wall } from "./wall";

takeKeyFromAddress();

const wall = new Wall({
  join: () => link.join(),
  reconnect: () => link.reconnect(),
  hasKey: () => keptKey() !== "",
  useKey: (key) => {
    keepKey(key);
    void link.start();
  },
});

// Relative to the page, so that the board also works under a path of a reverse proxy.
const link = new BoardLink(connectHub(new URL("hubs/board", document.baseURI).href, keptKey), wall);
void link.start();
