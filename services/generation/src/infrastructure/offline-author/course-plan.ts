/**
 * Plans an offline course map: layers of one to three nodes between a start and an end, with branches and merges,
 * quizzes on the way, and minutes that add up to what the learner has.
 */
import { NODE_COUNT_BY_MODE, type CourseMap, type CourseRequest, type MapNode, type NodeType } from '@coursewright/events';
import { headingsFor, stageOf } from './node-titles.ts';
import { plainText } from './plain-text.ts';
import { seededChoice, type SeededChoice } from './seeded-choice.ts';

const LEAST_MINUTES = 4;

interface Place {
  readonly id: string;
  readonly layer: number;
  readonly type: NodeType;
  readonly preRequisites: readonly string[];
}

/** A valid map for any valid request; the same for the same request. */
export function planOfflineCourse(request: CourseRequest, seed: string): CourseMap {
  const choice = seededChoice(seed);
  const [fewest, most] = NODE_COUNT_BY_MODE[request.mode];
  const places = layOut(choice.whole(fewest, most), choice);
  const lastLayer = Math.max(...places.map(({ layer }) => layer));
  const taught = places.filter(({ type }) => type === 'learn');
  const headings = headingsFor(taught.map(({ layer }) => stageOf(layer, lastLayer)), request, choice);
  const headingById = new Map(taught.map(({ id }, index) => [id, headings[index]]));
  const titles = new Set(headings.map(({ title }) => title));
  const minutes = shareMinutes(places, request.total_commitment_minutes);

  const nodes = places.map(({ id, layer, type, preRequisites }, index): MapNode => {
    const isQuiz = type === 'quiz';
    // A quiz asks about what it requires: it borrows the heading of the first node that taught something.
    const { title = '', description = '' } = headingById.get(isQuiz ? (preRequisites[0] ?? '') : id) ?? {};
    return {
      id,
      title: isQuiz ? quizTitle(title, titles) : title,
      description: isQuiz ? `A few questions to find out what has settled. ${description}` : description,
      type,
      layer,
      pre_requisites: [...preRequisites],
      estimated_minutes: minutes[index] ?? LEAST_MINUTES,
      reward_multiplier: Math.round((1 + (2 * layer) / lastLayer) * 10) / 10,
    };
  });
  const sum = nodes.reduce((total, node) => total + node.estimated_minutes, 0);
  return { map_meta: metaOf(request, sum), nodes };
}

/** A learner may be interested in "Quiz: x": then that title is taken, and the quiz about x needs another. */
function quizTitle(about: string, taken: Set<string>): string {
  let title = `Quiz: ${about}`;
  while (taken.has(title)) title = `Quiz: ${title}`;
  taken.add(title);
  return title;
}

/** The first node alone, then layers of two or three, then the last node, where the paths come together. */
function layOut(count: number, choice: SeededChoice): Place[] {
  const sizes: number[] = [1];
  let left = count - 2;
  while (left > 0) {
    // Never one alone in the middle: two nodes or three, and no remainder of one.
    const size = left === 2 || left === 3 ? left : left === 4 ? 2 : choice.whole(2, 3);
    sizes.push(Math.min(size, left));
    left -= size;
  }
  sizes.push(1);

  const places: Place[] = [];
  let before: Place[] = [];
  for (const [layer, size] of sizes.entries()) {
    const isEnd = layer === sizes.length - 1;
    const current = Array.from({ length: size }, (_, index): Place => {
      const id = `n${places.length + index + 1}`;
      const isQuiz = !isEnd && layer >= 2 && layer % 2 === 0 && index === size - 1;
      const required = isEnd ? before : requiredBy(index, size, before, choice);
      return { id, layer, type: isQuiz ? 'quiz' : 'learn', preRequisites: required.map((place) => place.id) };
    });
    places.push(...current);
    before = current;
  }
  return places;
}

/** One or two nodes of the layer before; together the nodes of a layer take up every path that leads to it. */
function requiredBy(index: number, size: number, before: readonly Place[], choice: SeededChoice): Place[] {
  const required = before.filter((_, place) => place % size === index % Math.max(before.length, 1));
  const own = required.length > 0 ? required : before.slice(index % before.length, (index % before.length) + 1);
  const other = before[(index + 1) % Math.max(before.length, 1)];
  const merges = other !== undefined && before.length > 1 && !own.includes(other) && choice.fraction() < 0.35;
  const all = merges ? [...own, other] : own;
  if (all.some(({ type }) => type === 'learn')) return all;
  // A quiz teaches nothing to build on: whatever follows one also follows a node that does.
  return [...before.filter(({ type }) => type === 'learn').slice(0, 1), ...all];
}

/** Shares the budget out in proportion; a budget too small for that many nodes is exceeded, and the map says so. */
function shareMinutes(places: readonly Place[], budget: number): number[] {
  const weights = places.map(({ type, layer }) => (type === 'quiz' ? 1 : 2 + (layer % 3) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const spare = Math.max(0, budget - LEAST_MINUTES * places.length);
  const minutes = weights.map((weight) => LEAST_MINUTES + Math.floor((spare * weight) / total));
  let rest = budget - minutes.reduce((sum, each) => sum + each, 0);
  for (let index = 0; rest > 0; index = (index + 1) % minutes.length, rest -= 1) {
    minutes[index] = (minutes[index] ?? LEAST_MINUTES) + 1;
  }
  return minutes;
}

function metaOf(request: CourseRequest, sum: number): CourseMap['map_meta'] {
  const topic = plainText(request.topic, 80, 'the topic');
  const focus = plainText(request.focus, 80, 'the task at hand');
  const known = plainText(request.verified_concept, 80, 'what you know');
  return {
    course_name: `${topic}: ${focus}`,
    strategy_rationale:
      `For a learner at the level ${request.level} who is sure of ${known}: the course starts there, opens into ` +
      `paths that can be taken in any order, and brings them together in a piece of work on ${focus}.`,
    mode: request.mode,
    time_budget_minutes: request.total_commitment_minutes,
    time_sum_minutes: sum,
    time_delta_minutes: sum - request.total_commitment_minutes,
  };
}
