/**
 * What makes a knowledge card valid, and how one is put together from pages. Problems are sentences, because they
 * are sent back to the model that broke the rule. Text is searched by plain means: no pattern here can be made slow
 * by what a model answers.
 */
import { PAGE_BREAK, type KnowledgeCard, type MapNode } from '@coursewright/events';

const MINUTES_PER_PAGE = 8;
const FEWEST_PAGES = 2;
const MOST_PAGES = 8;

/** As CommonMark has it: up to three spaces make a line no less of a heading or a fence, four make it code. */
const TITLE_LINE = /^ {0,3}##(?=[ \t]|$)/;
const FENCE = /^ {0,3}(`{3,}|~{3,})/;
const LINE_BREAK = /\r\n|\r|\n/;

const KEY_ELEMENTS = 'EVOBK_KEY_ELEMENTS';
const KEY = 'EVOBK_KEY';
const EXPERT_TIP = 'EVOBK_EXPERT_TIP';

/** How many pages a card has that is read in so many minutes. */
export function pagesForMinutes(estimatedMinutes: number): number {
  return Math.min(Math.max(Math.round(estimatedMinutes / MINUTES_PER_PAGE), FEWEST_PAGES), MOST_PAGES);
}

/** A card of these pages. What it promises to hold is not checked here. */
export function composeKnowledgeCard({ nodeId, pages }: { nodeId: string; pages: readonly string[] }): KnowledgeCard {
  const totalPagesInCard = pages.length;
  return {
    type: 'knowledge_card',
    node_id: nodeId,
    totalPagesInCard,
    markdown: pages.map((page) => page.trim()).join(`\n\n${PAGE_BREAK}\n\n`),
    yaml: yamlOf(nodeId, totalPagesInCard),
  };
}

/** The problems of a card that has the right shape; none for a valid card. */
export function findKnowledgeCardProblems(card: KnowledgeCard, node: MapNode): string[] {
  const problems: string[] = [];
  const wanted = pagesForMinutes(node.estimated_minutes);
  const pages = card.markdown.split(PAGE_BREAK).map((page) => page.trim());
  if (card.node_id !== node.id) problems.push(`The card is for node ${node.id}.`);
  if (card.totalPagesInCard !== pages.length) {
    problems.push(`totalPagesInCard is ${pages.length}, the number of pages.`);
  }
  if (pages.length !== wanted) problems.push(`The card has ${wanted} pages; this one has ${pages.length}.`);
  if (card.yaml.trim() !== yamlOf(card.node_id, card.totalPagesInCard).trim()) {
    problems.push('yaml mirrors type, node_id and totalPagesInCard, one line each.');
  }
  // No card has more pages than these: of ten thousand breaks, it is enough to have said that they are too many.
  pages.slice(0, MOST_PAGES).forEach((page, index) => problems.push(...findPageProblems(page, index + 1)));
  return problems;
}

/** The key ideas that a card's first page names, for the cards that build on it. */
export function keyIdeasOf(card: KnowledgeCard): string[] {
  return elementsOf(card.markdown, KEY)
    .map((idea) => idea.trim())
    .filter((idea) => idea !== '');
}

function findPageProblems(page: string, number: number): string[] {
  const problems: string[] = [];
  const titles = titleLines(page);
  const [firstLine = ''] = page.split(LINE_BREAK, 1);
  if (!firstLine.startsWith('## ') || isBlank(firstLine.slice(3))) {
    problems.push(`Page ${number} begins with its title, a line "## …".`);
  }
  if (titles !== 1) problems.push(`Page ${number} has one line that begins with "## ", its title; here are ${titles}.`);

  const boxes = elementsOf(page, KEY_ELEMENTS);
  const tips = elementsOf(page, EXPERT_TIP);
  const isFirst = number === 1;
  for (const [tag, found] of [[KEY_ELEMENTS, boxes], [EXPERT_TIP, tips]] as const) {
    const wanted = isFirst ? 1 : 0;
    if (found.length !== wanted || !isBalanced(page, tag)) {
      problems.push(
        isFirst
          ? `Page 1 holds exactly one <${tag}>…</${tag}>; here are ${found.length}.`
          : `<${tag}> stands on page 1 alone; page ${number} has it too.`,
      );
    }
  }
  const [box] = boxes;
  if (isFirst && box !== undefined) {
    const keys = elementsOf(box, KEY);
    if (keys.length < 2 || keys.some(isBlank) || !isBalanced(box, KEY)) {
      problems.push(`The <${KEY_ELEMENTS}> box holds two or more <${KEY}>…</${KEY}>, none of them empty.`);
    }
    if (box.includes(`<${EXPERT_TIP}>`) || tips.some((tip) => tip.includes(`<${KEY_ELEMENTS}>`))) {
      problems.push(`The <${EXPERT_TIP}> stands outside the <${KEY_ELEMENTS}> box.`);
    }
  }
  if (isFirst && tips.some(isBlank)) problems.push(`The <${EXPERT_TIP}> of page 1 is empty; write the tip.`);
  const outside = box === undefined || !isFirst ? page : page.replace(box, () => '');
  if (outside.includes(`<${KEY}>`) || outside.includes(`</${KEY}>`)) {
    problems.push(`A <${KEY}> stands inside the box of page 1 alone; page ${number} breaks that.`);
  }
  return problems;
}

/** How many lines are titles, code fences left out: a comment in a shell script is no title. */
function titleLines(page: string): number {
  let fence: string | undefined;
  let titles = 0;
  for (const line of page.split(LINE_BREAK)) {
    const { marker, info } = fenceOf(line);
    if (fence !== undefined) {
      // A fence is closed by its own character, at least as often, with nothing behind it.
      if (marker?.startsWith(fence) && isBlank(info)) fence = undefined;
    } else if (marker !== undefined) {
      fence = marker;
    } else if (TITLE_LINE.test(line)) {
      titles += 1;
    }
  }
  return titles;
}

/** The backticks or tildes that a line begins with, three or more, and what follows them. */
function fenceOf(line: string): { marker: string | undefined; info: string } {
  const match = FENCE.exec(line);
  const info = match === null ? '' : line.slice(match[0].length);
  const marker = match?.[1];
  // Backticks that are closed on their own line are inline code and fence nothing off.
  return { marker: marker?.startsWith('`') && info.includes('`') ? undefined : marker, info };
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** What stands between `<tag>` and the next `</tag>`, for each of them. */
function elementsOf(text: string, tag: string): string[] {
  const [open, close] = [`<${tag}>`, `</${tag}>`];
  const found: string[] = [];
  let from = text.indexOf(open);
  while (from !== -1) {
    const to = text.indexOf(close, from + open.length);
    if (to === -1) break;
    found.push(text.slice(from + open.length, to));
    from = text.indexOf(open, to + close.length);
  }
  return found;
}

function isBalanced(text: string, tag: string): boolean {
  const found = elementsOf(text, tag).length;
  return text.split(`<${tag}>`).length - 1 === found && text.split(`</${tag}>`).length - 1 === found;
}

function yamlOf(nodeId: string, totalPagesInCard: number): string {
  return `type: knowledge_card\nnode_id: ${nodeId}\ntotalPagesInCard: ${totalPagesInCard}\n`;
}
