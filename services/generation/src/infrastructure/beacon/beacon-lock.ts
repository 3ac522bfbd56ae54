/** The first key of every beacon's advisory lock; the second is the worker's `lock_key`. */
export const BEACON_LOCK_CLASS = 7001;
