/// Held by whoever collects garbage in a data folder: the server or a command. Two at once would do no harm, only the work twice.
enum GarbageLock {
    static func take(in folder: String) throws(CommandFailure) -> FileLock {
        try FileLock("\(folder)/gc.lock") { who in
            "another process\(who) is collecting garbage in \(folder); wait until it is done"
        }
    }
}
