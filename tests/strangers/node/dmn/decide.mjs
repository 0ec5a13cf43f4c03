// Reads a DMN file with bpmn.io's model of DMN 1.3, and decides its tables with feelin.
import { readFile } from "node:fs/promises";
import { DmnModdle } from "dmn-moddle";
import { evaluate, unaryTest } from "feelin";

const asked = JSON.parse(await readFile(JSON.parse(process.env.SANDBOX).dmn.asked, "utf8"));
const { rootElement, warnings } = await new DmnModdle().fromXML(asked.xml, "dmn:Definitions");
const decisions = new Map();
for (const element of rootElement.drgElement) {
  if (element.$type === "dmn:Decision") decisions.set(element.name, element.decisionLogic);
}

const valueOf = (told) => (told !== null && typeof told === "object" && "value" in told ? told.value : told);

function fits(rule, table, inputs) {
  return table.input.every((column, index) => {
    const text = rule.inputEntry[index].text;
    if (text === "-") return true;
    const seen = valueOf(evaluate(column.inputExpression.text, inputs)) ?? null;
    return valueOf(unaryTest(text, { ...inputs, "?": seen })) === true;
  });
}

function decide(table, inputs) {
  const found = table.rule.filter((rule) => fits(rule, table, inputs));
  const kept = table.hitPolicy === "COLLECT" ? found : found.slice(0, 1);
  return kept.map((rule) =>
    Object.fromEntries(
      table.output.map((output, index) => [output.name, valueOf(evaluate(rule.outputEntry[index].text, {})) ?? null]),
    ),
  );
}

const answers = asked.questions.map(({ table, inputs }) => decide(decisions.get(table), inputs));
console.log(JSON.stringify({
  warnings: warnings.map((one) => one.message),
  tables: [...decisions].map(([name, table]) => [name, table.hitPolicy ?? "UNIQUE", table.rule.length]),
  answers,
}));
