// The npm package in React: the element is a component like any other, and commands go by `window.attune`.
import "@attune/widget";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

function App() {
  const [opened, setOpened] = useState(0);
  useEffect(() => {
    const count = () => setOpened((before) => before + 1);
    window.attune("on", "open", count);
    return () => window.attune("off", "open", count);
  }, []);
  return (
    <main>
      <h1>React</h1>
      <p>
        <button onClick={() => window.attune("open")}>Ask us</button> Opened: <output>{opened}</output>
      </p>
      <attune-widget data-api="https://YOUR-API" data-key="pk_YOUR_KEY" data-locale="fr" />
    </main>
  );
}

createRoot(document.getElementById("app")).render(<App />);
