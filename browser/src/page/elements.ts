// Makes elements out of names, attributes and children. Text is always text: nothing that was read becomes markup.

export type Child = Node | string | null | false | readonly Child[];

export function h(name: string, attributes: Readonly<Record<string, string>> = {}, ...children: readonly Child[]): HTMLElement {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) if (value !== "") element.setAttribute(attribute, value);
  element.append(...nodes(children));
  return element;
}

export function nodes(children: readonly Child[]): readonly (Node | string)[] {
  return children.flatMap((child) => (child === null || child === false ? [] : Array.isArray(child) ? nodes(child as readonly Child[]) : [child as Node | string]));
}

/** A picture that says nothing by itself: its meaning stands beside it in words. */
export function picture(address: string, size: number, kind = ""): HTMLElement {
  const image = h("img", { class: kind, src: address, width: String(size), height: String(size) });
  image.setAttribute("alt", "");
  return image;
}
