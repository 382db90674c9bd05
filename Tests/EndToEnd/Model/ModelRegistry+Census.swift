import Foundation
import Glibc

extension ModelRegistry {
    /// Once nobody uses it any more: removes all that nobody needs, and says what else than the `live` blobs is there then, or
    /// is not. Nothing: it is as it should be.
    ///
    /// - Parameter orphans: how many objects without a row there may be: those of processes that were killed, and what a restored
    ///   database does not know.
    func census(live: Set<String>, orphans most: Int) throws -> [String] {
        try quieten()
        // What was killed is looked for when a server starts.
        try restart(SIGTERM)
        // What killed migrations left is removed by the next that goes to the same backend.
        for source in [1, 0, 1] { try migrate(from: source, deleting: true) }
        try eventually("that uploads go; there are \((try? unfinished()) ?? [])") { try unfinished().isEmpty }

        var wrong: [String] = []
        for _ in 0..<2 { try gc() }
        let objects = try backends.map { try $0.digests() }
        let extra = objects[0].count + objects[1].count - live.count
        if !(0...most).contains(extra) { wrong.append("\(extra) objects more than live blobs, before orphans went") }
        // At the first time they are noted.
        for _ in 0..<2 { try gc("--orphans") }
        if strays.value > most { wrong.append("\(strays.value) objects had no row, and were removed for that") }

        let left = try backends.map { try $0.digests() }
        if left[0] != live.sorted() {
            let (lacking, more) = (live.subtracting(left[0]), left[0].filter { !live.contains($0) })
            wrong.append(
                "first has \(left[0].count) objects for \(live.count) live blobs; lacks \(lacking), has \(more)")
        }
        if !left[1].isEmpty { wrong.append("second still has \(left[1])") }
        let files = try unfinished()
        if !files.isEmpty { wrong.append("there is still \(files)") }
        return try wrong + rows(live.count)
    }

    private func unfinished() throws -> [String] {
        try backends.flatMap { try $0.unfinished() } + files(below: server.data + "/spool")
            + table("SELECT id FROM upload_sessions")
    }

    /// Tables that have other rows than they should.
    private func rows(_ live: Int) throws -> [String] {
        let expected = [
            "blobs": live, "blob_locations": live, "blob_locations WHERE damage IS NOT NULL": 0, "upload_sessions": 0,
            "blob_copies": 0, "removals": 0, "garbage_candidates": 0, "orphans": 0,
        ]
        return try expected.sorted { $0.key < $1.key }.compactMap { name, count in
            let rows = try table("SELECT COUNT(*) FROM \(name)")
            return rows == ["\(count)"] ? nil : "\(name) has \(rows) rows instead of \(count)"
        }
    }

    private func table(_ query: String) throws -> [String] {
        let script = """
            import sqlite3, sys
            connection = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
            for row in connection.execute(sys.argv[2]):
                print(row[0])
            """
        let result = try run("python3", "-c", script, server.data + "/registry.db", query)
        return result.output.split(separator: "\n").map { String($0) }
    }
}
