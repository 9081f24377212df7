/** Steps into which the sliding window is cut: room comes back at most a twentieth of the window late. */
export const WINDOW_STEPS = 20;
