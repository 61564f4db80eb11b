// Live chat as a visitor meets it: the page on one origin, the API on another, a policy as strict as a page can have.
import type { Checks } from "../../../../tests/browser/harness";
import { access } from "./access";
import { life } from "./life";
import { line } from "./line";
import { looksAndSize } from "./looks";

const checks: Checks = { ...line, ...access, ...life, ...looksAndSize };

export default checks;
