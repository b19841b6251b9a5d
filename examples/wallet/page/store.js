/** What this browser holds: copies with their keys (which nobody can read, not even this page), and what was shown to whom. */

const NAME = "elicense-example-wallet";

function opened() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("copies", { keyPath: "id", autoIncrement: true });
      asked.result.createObjectStore("shown", { keyPath: "id", autoIncrement: true });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function act(store, mode, what) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(store, mode);
      const asked = what(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(asked?.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const copies = () => act("copies", "readonly", (store) => store.getAll());
export const shown = () => act("shown", "readonly", (store) => store.getAll());
export const note = (entry) => act("shown", "readwrite", (store) => store.add(entry));

export const keep = (made) =>
  act("copies", "readwrite", (store) => {
    for (const copy of made) store.add(copy);
  });

export const forget = (ids) =>
  act("copies", "readwrite", (store) => {
    for (const id of ids) store.delete(id);
  });
