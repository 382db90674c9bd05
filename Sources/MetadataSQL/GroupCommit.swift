internal import GRDB
internal import Logging
internal import RegistryCore

/// Carries operations out, many in one transaction. Lives on the writer's thread.
struct GroupCommit {
    private let path: String
    private let logger: Logger
    private let gauge = LogGauge()
    /// What `PRAGMA synchronous` is set to; nil: not known.
    private var durability: Writer.Durability?
    /// How many pages of the log the last checkpoint was told of.
    private var checkpointed = 0

    /// Pages between two checkpoints: 16 MiB of log.
    private static let checkpointInterval = 4000

    init(path: String, logger: Logger) {
        self.path = path
        self.logger = logger
    }

    /// Every operation is answered when this returns.
    ///
    /// When one throws, what was done before it is done again without it, and then the rest: that is rare, and savepoints for it
    /// would be two statements more for each operation of each group.
    mutating func carryOut(_ operations: some Collection<Writer.Operation>, on db: Database) {
        gauge.attach(to: db)
        var rest = Array(operations)
        while !rest.isEmpty {
            guard let (index, error) = transaction(rest, db) else { return }
            rest[index].fail(error)
            carryOut(rest[..<index], on: db)
            rest.removeSubrange(...index)
        }
    }

    /// - Returns: which operation threw what, after which nothing has happened and nobody else is answered.
    private mutating func transaction(
        _ operations: [Writer.Operation],
        _ db: Database
    ) -> (Int, MetadataError)? {
        do {
            try begin(operations.contains { $0.durability == .powerLoss } ? .powerLoss : .processDeath, db)
        } catch {
            fail(operations, db.described(error))
            return nil
        }

        var answers: [@Sendable () -> Void] = []
        for (index, operation) in operations.enumerated() {
            do {
                answers.append(try operation.carryOut(db))
            } catch {
                let error = MetadataError(operation.name, in: path, cause: db.described(error))
                rollback(db)
                return (index, error)
            }
        }

        do {
            try db.control("COMMIT")
        } catch {
            let error = db.described(error)
            rollback(db)
            fail(operations, error)
            return nil
        }
        for answer in answers { answer() }
        return nil
    }

    private mutating func begin(_ wanted: Writer.Durability, _ db: Database) throws {
        // Left behind by a ROLLBACK that failed.
        if db.isInsideTransaction { try db.rollback() }
        if durability != wanted {
            durability = nil
            // SQLite obeys this when it parses it, so a statement that was prepared once would do nothing.
            // FULL waits for the disk at every commit; NORMAL at a checkpoint only, and the kernel has the rest.
            try db.say(wanted == .powerLoss ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
            durability = wanted
        }
        try db.control("BEGIN IMMEDIATE")
    }

    private func rollback(_ db: Database) {
        do {
            try db.rollback()
        } catch {
            logger.error("rollback failed", metadata: ["database": "\(path)", "error": "\(error)"])
        }
    }

    private func fail(_ operations: [Writer.Operation], _ error: any Error) {
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
