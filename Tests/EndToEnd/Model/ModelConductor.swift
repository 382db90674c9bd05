import Glibc

/// Does to a registry what operators do, and what happens to them, while clients are at work.
struct ModelConductor {
    let registry: ModelRegistry
    var random: ModelGenerator
    private var migration: ChildProcess?
    /// How often an older database took the place of the registry's.
    var restored = 0

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
        switch random.below(13) {
        case 0, 1:
            registry.note("gc")
            _ = try registry.gcUnlessBusy()
        case 2:
            registry.note("gc, killed")
            try kill(registry.startGC(), isOver)
        case 3:
            registry.note("gc of what is untagged, while all stand still")
            try registry.stillness.collect { try registry.collectUntagged() }
        case 4, 5, 6:
            try startMigration()
        case 7:
            registry.note("activate the other")
            try registry.activate(1 - registry.active)
        case 8:
            registry.note("restart")
            try registry.restart(SIGTERM)
        case 9:
            registry.note("kill -9")
            try registry.restart(SIGKILL)
        case 10:
            registry.note("scrub, killed")
            try kill(registry.startScrub(), isOver)
        case 11:
            registry.note("scrub")
            try registry.scrub()
        default:
            registry.note("read-only")
            try registry.whileReadOnly {
                try pause(isOver)
                if random.oneIn(3) { try registry.restart(SIGTERM) }
            }
        }
    }

    /// In the middle, or when it is through already.
    private mutating func kill(_ command: ChildProcess, _ isOver: () -> Bool) throws {
        try pause(isOver)
        command.kill(SIGKILL)
        _ = command.wait(within: .seconds(30))
    }

    // MARK: Migrations

    /// Goes on beside whatever comes next.
    private mutating func startMigration() throws {
        if let running = migration, random.oneIn(2) {
            registry.note("the migration, killed")
            running.kill(SIGKILL)
            _ = running.wait(within: .seconds(30))
            migration = nil
        }
        try finishMigration()
        let (source, isDeleting) = anyMigration()
        migration = try registry.startMigration(from: source, deleting: isDeleting)
    }

    mutating func anyMigration() -> (source: Int, isDeleting: Bool) {
        let (source, isDeleting) = (random.below(2), random.oneIn(2))
        registry.note("migrate from \(ModelSettings.backends[source])\(isDeleting ? ", deleting" : "")")
        return (source, isDeleting)
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
