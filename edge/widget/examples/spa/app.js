// Navigation without loading: each step throws the whole body away, and the conversation goes on.
const pages = {
  "": ["Home", "Walk about while you talk."],
  "#teas": ["Teas", "Green, black, and what lies between."],
  "#contact": ["Contact", "Or ask in the corner."],
};

function draw() {
  const [title, text] = pages[location.hash] ?? pages[""];
  const heading = Object.assign(document.createElement("h1"), { textContent: title });
  const links = Object.entries(pages).map(([href, [name]]) => {
    return Object.assign(document.createElement("a"), { href: href || "#", textContent: `${name} ` });
  });
  const nav = document.createElement("nav");
  nav.append(...links);
  const body = document.createElement("body");
  body.append(nav, heading, Object.assign(document.createElement("p"), { textContent: text }));
  document.body.replaceWith(body);
  document.title = `${title} – one page`;
}

addEventListener("hashchange", draw);
draw();
