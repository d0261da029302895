/** In the proportions of Anthropic's list, in round figures. */
export const PRICE = {
  inputPer1M: 10,
  cachedInputPer1M: 1,
  cacheWritePer1M: 12.5,
  cacheWrite1hPer1M: 20,
  outputPer1M: 50,
};
