// The npm package in Vue, without templates: those that are compiled in the page need 'unsafe-eval'. With templates, tell the compiler
// `isCustomElement: (tag) => tag === "attune-widget"`.
import "@attune/widget";
import { createApp, h, onMounted, onUnmounted, ref } from "vue";

const App = {
  setup() {
    const opened = ref(0);
    const count = () => opened.value++;
    onMounted(() => window.attune("on", "open", count));
    onUnmounted(() => window.attune("off", "open", count));
    return () =>
      h("main", [
        h("h1", "Vue"),
        h("p", [h("button", { onClick: () => window.attune("open") }, "Ask us"), " Opened: ", h("output", opened.value)]),
        h("attune-widget", { "data-api": "https://YOUR-API", "data-key": "pk_YOUR_KEY", "data-locale": "fr" }),
      ]);
  },
};

createApp(App).mount("#app");
