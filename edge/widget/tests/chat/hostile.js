// What old libraries and worse have done to the prototypes of a page.
for (const name of Object.getOwnPropertyNames(Array.prototype)) {
  if (name !== "constructor" && name !== "length") {
    Array.prototype[name] = () => {
      throw new Error(`Array.prototype.${name} is broken`);
    };
  }
}
Array.prototype[Symbol.iterator] = () => {
  throw new Error("the iterator of arrays is broken");
};
Array.prototype.toJSON = () => "broken";
Array.prototype.enumerable = "everywhere";
Object.prototype.polluted = "everywhere";
