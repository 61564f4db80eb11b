// The queue of the documented snippet, and navigation as frameworks do it: the body is thrown away, or its children.
window.attune ??= function () {
  (window.attune.q ??= []).push(arguments);
};
window.heard = [];
window.attune("on", "open", () => window.heard.push("open"));
window.attune("on", "close", () => window.heard.push("close"));
const policy = trustedTypes.createPolicy("page", { createScriptURL: (url) => url });
let count = 0;
window.visit = () => {
  count++;
  const main = document.createElement("main");
  main.textContent = `Page ${count}`;
  if (count % 3 === 0) document.body.replaceChildren(main);
  else {
    const body = document.createElement("body");
    const kept = count % 3 === 1 && document.querySelector("attune-widget");
    body.append(main);
    if (kept) body.append(kept);
    document.body = body;
  }
  history.pushState(null, "", `#${count}`);
  // again, as a framework's script component does
  if (count % 10 === 0) {
    const { src, dataset } = document.querySelector("script[async]");
    const again = document.createElement("script");
    Object.assign(again.dataset, dataset);
    again.src = policy.createScriptURL(src);
    document.head.append(again);
    again.onload = () => again.remove();
  }
};
