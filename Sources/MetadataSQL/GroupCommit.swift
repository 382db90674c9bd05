internal import GRDB
internal import Logging
internal import RegistryCore

/// Carries operations out, many in one transaction, each undone alone if it fails. Lives on the writer's thread.
struct GroupCommit {
    private let path: String
    private let logger: Logger
    private let gauge = LogGauge()
    /// What `PRAGMA synchronous` is set to; nil: not known.
    private var durability: Writer.Durability?
    /// How many pages of the log the last checkpoint was told of.
    private var checkpointed = 0

    /// Pages between two checkpoints: 4 MiB of log.
    private static let checkpointInterval = 1000

    init(path: String, logger: Logger) {
        self.path = path
        self.logger = logger
    }

    /// Every operation is answered when this returns.
    mutating func carryOut(_ operations: [Writer.Operation], on db: Database) {
        gauge.attach(to: db)
        var rest = operations[...]
        while !rest.isEmpty { rest = transaction(rest, db) }
    }

    /// - Returns: those that were not tried, as the transaction did not last.
    private mutating func transaction(
        _ operations: ArraySlice<Writer.Operation>,
        _ db: Database
    ) -> ArraySlice<Writer.Operation> {
        do {
            try begin(operations.contains { $0.durability == .powerLoss } ? .powerLoss : .processDeath, db)
        } catch {
            fail(operations, db.described(error))
            return []
        }

        var done: [(operation: Writer.Operation, answer: @Sendable () -> Void)] = []
        // One that is alone is undone with its transaction.
        let isAlone = operations.count == 1
        for (index, operation) in zip(operations.indices, operations) {
            do {
                if !isAlone { try db.run("SAVEPOINT operation") }
                let answer = try operation.carryOut(db)
                if !isAlone { try db.run("RELEASE SAVEPOINT operation") }
                done.append((operation, answer))
            } catch {
                let error = db.described(error)
                fail([operation], error)
                if !isAlone && undo(db) { continue }
                rollback(db)
                fail(done.map(\.operation)[...], error)
                return operations[(index + 1)...]
            }
        }

        do {
            try db.run("COMMIT")
        } catch {
            let error = db.described(error)
            rollback(db)
            fail(done.map(\.operation)[...], error)
            return []
        }
        for (_, answer) in done { answer() }
        return []
    }

    private mutating func begin(_ wanted: Writer.Durability, _ db: Database) throws {
        // Left behind by a ROLLBACK that failed.
        if db.isInsideTransaction { try db.rollback() }
        if durability != wanted {
            durability = nil
            // SQLite obeys this when it parses it, so a statement that was prepared once would do nothing.
            // FULL waits for the disk at every commit; NORMAL at a checkpoint only, and the kernel has the rest.
            try db.execute(sql: wanted == .powerLoss ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
            durability = wanted
        }
        try db.run("BEGIN IMMEDIATE")
    }

    /// False: SQLite has given up the whole transaction, as it does when the disk is full.
    private func undo(_ db: Database) -> Bool {
        guard db.isInsideTransaction else { return false }
        do {
            try db.run("ROLLBACK TO SAVEPOINT operation")
            try db.run("RELEASE SAVEPOINT operation")
            return true
        } catch {
            return false
        }
    }

    private func rollback(_ db: Database) {
        do {
            try db.rollback()
        } catch {
            logger.error("rollback failed", metadata: ["database": "\(path)", "error": "\(error)"])
        }
    }

    private func fail(_ operations: ArraySlice<Writer.Operation>, _ error: any Error) {
        for operation in operations {
            operation.fail(MetadataError(operation.name, in: path, cause: error))
        }
    }

    /// Before the connection closes.
    func end() {
        gauge.detach()
    }

    /// Copies the log into the database when it has grown by so much; waits for no reader, and no reader for it. SQLite would do
    /// it inside of a commit, while callers wait. Once all is copied the log starts over.
    mutating func checkpointIfDue(_ db: Database) {
        let pages = gauge.pages
        if pages < checkpointed { checkpointed = 0 }
        guard pages - checkpointed >= Self.checkpointInterval else { return }
        checkpointed = pages
        do {
            try db.checkpoint(.passive)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            // Another process does it at this moment.
        } catch {
            // The next one may succeed; until then the log grows.
            logger.warning("checkpoint failed", metadata: ["database": "\(path)", "error": "\(error)"])
        }
    }
}
