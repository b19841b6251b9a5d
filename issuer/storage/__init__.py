"""The only SQL of the issuer: one database, transactions, and one module an aggregate.

    store = Store(url)
    with store.transaction() as tx:            # or store.reading()
        value = applications.get(tx, id_)      # locked until the end of the transaction
        applications.put(tx, new_value, value.revision)   # or ChangedMeanwhile
        audit.append(tx, event)                # written with the commit

Functions return values of `issuer.domain` and decide nothing. `get` returns one or None, `find` a tuple,
`add` inserts, `put` replaces the row if it still has the given revision. Whatever else the database says comes out as
`StorageFailed`; nothing of SQLAlchemy or a driver leaves this package.
"""

from issuer.storage import checkpoints as _checkpoints  # noqa: F401 - its tables belong to the metadata
from issuer.storage import papers as _papers  # noqa: F401 - its table belongs to the metadata
from issuer.storage import proposals as _proposals  # noqa: F401 - its table belongs to the metadata
from issuer.storage import voice as _voice  # noqa: F401 - its tables belong to the metadata
from issuer.storage import wallets as _wallets  # noqa: F401 - its tables belong to the metadata
from issuer.storage import watch as _watch  # noqa: F401 - its tables belong to the metadata
from issuer.storage.errors import ChangedMeanwhile, StorageFailed
from issuer.storage.store import Store
from issuer.storage.transaction import Transaction

__all__ = ["ChangedMeanwhile", "StorageFailed", "Store", "Transaction"]
