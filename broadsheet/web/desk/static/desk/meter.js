/* The sentence of a meter rule: what does not apply is hidden and not sent, the whole is read back,
   and names between commas are completed one by one. Without this file everything stands and works. */
(() => {
  const form = document.querySelector("[data-sentence]");
  if (!form) return;
  const output = form.querySelector("[data-read] output");
  const told = form.querySelector("[data-told]");
  const UNSAID = "[hidden],[data-untold],.errorlist,datalist,noscript";

  const applies = (part) =>
    part.dataset.when.split(" ").every((rule) => {
      const [name, values] = rule.split("=");
      return values.split(",").includes(form.elements[name].value);
    });

  const arrange = () => {
    for (const part of form.querySelectorAll("[data-when]")) {
      const wanted = applies(part) && !part.parentElement.closest("[data-when][hidden]");
      part.hidden = !wanted;
      for (const field of part.querySelectorAll("input,select,textarea")) field.disabled = !wanted;
    }
    read();
  };

  const value = (field) => {
    if (field.value === "part" && [...form.querySelectorAll(".meter-scope .meter-line")].every(isLeftOpen)) return form.dataset.all;
    if (field.tagName === "SELECT") return field.selectedOptions[0]?.text ?? "";
    if (field.type === "datetime-local" && field.value) return new Date(field.value).toLocaleString([], { dateStyle: "long", timeStyle: "short" });
    return field.value || field.dataset.empty || "…";
  };

  const isLeftOpen = (line) => {
    const fields = [...line.querySelectorAll("input,select")].filter((field) => !field.disabled);
    return fields.every((field) => field.tagName === "INPUT" && (field.type === "checkbox" ? !field.checked : !field.value && !field.dataset.empty));
  };

  const say = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(UNSAID)) return "";
    if (node.matches(".meter-line") && isLeftOpen(node)) return "";
    if (node.matches(".meter-several")) {
      const chosen = [...node.querySelectorAll("input:checked")].map((box) => box.parentElement.textContent.trim());
      return ` ${chosen.join(" / ")}`;
    }
    if (node.matches("input,select")) return value(node);
    return [...node.childNodes].map(say).join("") + ("comma" in node.dataset ? "," : "");
  };

  const read = () => {
    output.textContent = say(told).replace(/\s+/g, " ").replace(/\s+([.,:;])/g, "$1").trim();
    output.closest("[data-read]").hidden = false;
  };

  const complete = (field) => {
    const list = document.getElementById(field.getAttribute("list"));
    const names = [...list.options].map((option) => option.value);
    field.addEventListener("input", () => {
      const before = field.value.slice(0, field.value.lastIndexOf(",") + 1);
      list.replaceChildren(
        ...names.map((name) => Object.assign(document.createElement("option"), { value: before ? `${before} ${name}` : name })),
      );
    });
  };

  form.querySelectorAll("[data-names]").forEach(complete);
  form.addEventListener("input", read);
  form.addEventListener("change", arrange);
  arrange();
})();
