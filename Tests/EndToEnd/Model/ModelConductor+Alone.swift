import Glibc

extension ModelConductor {
    /// Does something between two operations of the only client, which hears of it.
    mutating func actAlone(beside client: ModelClient) throws {
        switch random.below(11) {
        case 0, 1:
            registry.note("gc")
            try registry.gc()
            try client.wasCollected(untagged: false)
        case 2:
            registry.note("gc of what is untagged")
            try registry.collectUntagged()
            try client.wasCollected(untagged: true)
        case 3, 4:
            let (source, isDeleting) = anyMigration()
            try registry.migrate(from: source, deleting: isDeleting)
        case 5:
            registry.note("activate the other")
            try registry.activate(1 - registry.active)
        case 6:
            registry.note("restart")
            try registry.restart(SIGTERM)
        case 7:
            registry.note("kill -9")
            try registry.restart(SIGKILL)
        case 8:
            registry.note("scrub")
            try registry.scrub()
        case 9:
            registry.note("read-only")
            try registry.whileReadOnly {
                for _ in 0..<5 { try client.actTraced() }
                if random.oneIn(3) { try registry.restart(SIGTERM) }
                for _ in 0..<5 { try client.actTraced() }
            }
        default:
            try restore(client)
        }
    }

    /// What was pushed after a backup is unknown afterwards, and what was deleted is back: nothing has collected it.
    private mutating func restore(_ client: ModelClient) throws {
        restored += 1
        registry.note("backup")
        let file = registry.server.directory("backup-\(restored).db")
        try registry.backup(to: file)
        let model = client.model
        for _ in 0..<10 { try client.actTraced() }
        registry.note("restore")
        try registry.restore(from: file, after: random.oneIn(2) ? SIGTERM : SIGKILL)
        client.goBack(to: model)
    }
}
