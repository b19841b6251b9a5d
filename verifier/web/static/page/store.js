/**
 * One value kept on this device (IndexedDB), or in memory where the browser keeps nothing. `update` reads and writes in
 * one transaction, so that two tabs cannot undo each other.
 */

const [DATABASE, STORE, KEY] = ["elicense-verifier", "kept", "lists"];

export async function openStore() {
  try {
    return new Kept(await open());
  } catch {
    return new Memory();
  }
}

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

class Kept {
  constructor(database) {
    this.database = database;
  }

  read() {
    return this.#run("readonly", (store, done) => {
      const request = store.get(KEY);
      request.onsuccess = () => done(request.result ?? null);
    });
  }

  /** Replaces the value by `change(value)`; what `change` throws is thrown, and nothing is written then. */
  update(change) {
    return this.#run("readwrite", (store, done, fail) => {
      const request = store.get(KEY);
      request.onsuccess = () => {
        try {
          const next = change(request.result ?? null);
          store.put(next, KEY);
          done(next);
        } catch (fault) {
          fail(fault);
        }
      };
    });
  }

  clear() {
    return this.#run("readwrite", (store, done) => {
      store.delete(KEY);
      done(null);
    });
  }

  #run(mode, work) {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(STORE, mode);
      let answer;
      let fault = null;
      transaction.oncomplete = () => resolve(answer);
      transaction.onabort = () => reject(fault ?? transaction.error);
      work(
        transaction.objectStore(STORE),
        (value) => {
          answer = value;
        },
        (error) => {
          fault = error;
          transaction.abort();
        },
      );
    });
  }
}

class Memory {
  #value = null;

  async read() {
    return this.#value;
  }

  async update(change) {
    this.#value = change(this.#value);
    return this.#value;
  }

  async clear() {
    this.#value = null;
  }
}
