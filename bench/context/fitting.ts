/** How many of these, from the first on, cost no more than `room` together. */
export function countFitting(costs: readonly number[], room: number): number {
  let left = room;
  const first = costs.findIndex((cost) => {
    left -= cost;
    return left < 0;
  });
  return first === -1 ? costs.length : first;
}
