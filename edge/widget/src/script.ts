// Entry of `widget.js`.
import { install } from "./index";

install();
