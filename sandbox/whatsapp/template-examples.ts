import type { Component } from './templates.ts';

/**
 * A component with the examples that Meta asks for when a template is made, and shows with it; those
 * that it has already stay. Libraries refuse a text with placeholders and no examples.
 */
export function withExamples(component: Component): object {
  const buttons = component.buttons?.map((button) => {
    const { url } = button;
    return url?.includes('{{')
      ? { example: [url.replace(PLACEHOLDER, 'example')], ...button }
      : button;
  });
  return { ...exampleOf(component), ...component, ...(buttons && { buttons }) };
}

const PLACEHOLDER = /\{\{\s*(\w+)\s*\}\}/g;

function exampleOf({ type, format, text = '' }: Component): object {
  const part = type.toLowerCase();
  if (part === 'header' && format && format !== 'TEXT' && format !== 'LOCATION')
    return { example: { header_handle: ['https://example.com/header'] } };
  const names = [...new Set(Array.from(text.matchAll(PLACEHOLDER), ([, name = '']) => name))];
  if (names.length === 0 || (part !== 'header' && part !== 'body')) return {};
  if (names.some((name) => !/^\d+$/.test(name)))
    return {
      example: {
        [`${part}_text_named_params`]: names.map((name) => ({
          ...{ param_name: name, example: `the ${name}` },
        })),
      },
    };
  const values = names.map((name) => `value ${name}`);
  return { example: { [`${part}_text`]: part === 'body' ? [values] : values } };
}
