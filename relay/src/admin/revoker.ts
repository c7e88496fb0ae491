/** Ends what runs in somebody's name. Called after the state says no, so that nothing can begin again in between. */
export type Revoker = {
  signInEnded(sid: string): void;
  /** Ends what the account's grants no longer allow. */
  accountChanged(name: string): void;
  deviceRemoved(id: string, generation: string): void;
  shareRemoved(id: string): void;
};
