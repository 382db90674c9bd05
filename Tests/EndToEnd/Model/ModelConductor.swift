import Glibc

/// Does to a registry what operators do, and what happens to them, while clients are at work.
struct ModelConductor {
    private let registry: ModelRegistry
    private var random: ModelGenerator
    private var migration: ChildProcess?

    init(_ registry: ModelRegistry, seed: UInt64) {
        self.registry = registry
        random = ModelGenerator(seed: seed, stream: 2000)
    }

    /// Goes on until the clients are through.
    mutating func run(until isOver: () -> Bool) throws {
        while !isOver() {
            try pause(isOver)
            if !isOver() { try act(isOver) }
        }
        try finishMigration()
    }

    /// Until the clients have done something more.
    private mutating func pause(_ isOver: () -> Bool) throws {
        let (registry, goal) = (registry, registry.progress.value + 5 + random.below(20))
        try eventually("that clients do something") { registry.progress.value >= goal || isOver() }
    }

    private mutating func act(_ isOver: () -> Bool) throws {
        switch random.below(9) {
        case 0, 1:
            registry.note("gc")
            let result = try registry.gc()
            // The server may be at it.
            guard result.exit == .code(0) || result.exit == .code(69) else { throw CommandFailed(result: result) }
        case 2:
            registry.note("gc, killed")
            let child = try registry.startGC()
            try pause(isOver)
            child.kill(SIGKILL)
            _ = child.wait(within: .seconds(30))
        case 3, 4, 5:
            if migration != nil, random.oneIn(2) {
                registry.note("the migration, killed")
                migration?.kill(SIGKILL)
                _ = migration?.wait(within: .seconds(30))
                migration = nil
            }
            try finishMigration()
            let (source, isDeleting) = (random.below(2), random.oneIn(2))
            registry.note("migrate from \(ModelRegistry.names[source])\(isDeleting ? ", deleting" : "")")
            migration = try registry.startMigration(from: source, deleting: isDeleting)
        case 6:
            registry.note("activate the other")
            try registry.activate(1 - registry.active)
        case 7:
            registry.note("restart")
            try registry.restart(SIGTERM)
        default:
            registry.note("kill -9")
            try registry.restart(SIGKILL)
        }
    }

    // MARK: With nobody else

    /// What a collection is to the only client, if it was one.
    mutating func actAlone() throws -> ModelOperation? {
        switch random.below(5) {
        case 0:
            registry.note("gc")
            let result = try registry.gc()
            guard result.exit == .code(0) else { throw CommandFailed(result: result) }
            return .collect
        case 1:
            let (source, isDeleting) = (random.below(2), random.oneIn(2))
            registry.note("migrate from \(ModelRegistry.names[source])\(isDeleting ? ", deleting" : "")")
            try registry.migrate(from: source, deleting: isDeleting)
        case 2:
            registry.note("activate the other")
            try registry.activate(1 - registry.active)
        case 3:
            registry.note("restart")
            try registry.restart(SIGTERM)
        default:
            registry.note("kill -9")
            try registry.restart(SIGKILL)
        }
        return nil
    }

    private mutating func finishMigration() throws {
        guard let migration else { return }
        self.migration = nil
        guard migration.wait(within: .seconds(180)) == .code(0) else {
            try eventually("the end of what it says") { migration.errors.isAtEnd }
            throw NeverHappened(description: "a migration did not end well:\n\(migration.errors.text)")
        }
    }
}
