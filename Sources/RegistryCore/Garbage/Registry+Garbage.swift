internal import Logging

// Garbage collection, beside everything else that goes on. What it costs depends on what there is to remove. Each batch is one
// transaction, which looks again at what it deletes: whoever pushes, mounts or tags something meanwhile either comes before it,
// and the thing stays, or after it, and is told that the thing is not there. Several at a time do no harm, and no good.
extension Registry {
    /// How many rows a transaction looks at. Others who write wait for it.
    private static let batch = 25
    private static let longestPause = Duration.milliseconds(100)

    /// Removes what nobody needs any more. What it has done stays done, and is in the report, when it throws or is cancelled.
    ///
    /// - Parameters:
    ///   - orphans: look for objects that no row knows now, and not once in a grace. It is for an operator to say that the
    ///     database speaks of everything that is there: what was stored after the snapshot that it was restored from would go.
    ///   - actor: who wants it, for the audit log; nil: the schedule.
    package func collectGarbage(
        orphans: Bool = false,
        actor: String? = nil,
        origin: String = "schedule",
        _ report: inout GarbageReport
    ) async throws {
        do {
            try await collect(orphans, actor, origin, &report)
        } catch {
            await record(report, actor, origin)
            throw error
        }
        await record(report, actor, origin)
    }

    private func collect(
        _ orphans: Bool,
        _ actor: String?,
        _ origin: String,
        _ report: inout GarbageReport
    ) async throws {
        let (rules, time) = (settings.garbage, now())
        report.uploads += try await removeIdleUploads()
        try await collectManifests(rules, time, actor, origin, &report)

        let due = dueTimes()
        while true {
            try Task.checkCancellation()
            let began = ContinuousClock.now
            let looked = try await metadata.collectBlobs(
                touchedBefore: time - rules.grace, limit: Self.batch, due: due)
            guard looked.count > 0 else { break }
            report.blobs += looked.removed.count
            for blob in looked.removed {
                report.bytes += blob.size
                logger.debug("removed blob \(blob.digest), which no manifest needs")
            }
            // Whoever writes meanwhile, in this process or another, has half of the time: SQLite does not look who came first.
            try await Task.sleep(for: min(.now - began, Self.longestPause))
        }
        try await collectOrphans(orphans, at: time, notedBefore: time - rules.grace, due, &report)

        let removals = try await Removals(metadata: metadata, backends: backends, now: now).removeDue(on: nil)
        report.objects += removals.removed
        report.failed += removals.failed.count
        report.failure = removals.failed.first.map { "\($0.key): \($0.value)" }
        report.nextDue = removals.nextDue
    }

    private func collectManifests(
        _ rules: GarbageRules,
        _ time: Timestamp,
        _ actor: String?,
        _ origin: String,
        _ report: inout GarbageReport
    ) async throws {
        // Also where they stay for ever: that may change, and counts from when they were noted.
        repeat { try Task.checkCancellation() } while try await metadata.noteUntagged(at: time, limit: Self.batch) > 0
        guard let untagged = rules.untagged else { return }
        while true {
            try Task.checkCancellation()
            let looked = try await metadata.collectManifests(untaggedBefore: time - untagged, limit: Self.batch)
            guard looked.count > 0 else { return }
            report.manifests += looked.removed.count
            for manifest in looked.removed {
                let details = [
                    ("repository", "\(manifest.repository)"), ("reference", "\(manifest.digest)"), ("why", "untagged"),
                ]
                await audit.record(AuditEvent(.manifestDeleted, actor: actor, origin: origin, details))
            }
        }
    }

    /// When the bytes of what is removed now may go: somebody may have been told where to fetch them.
    private func dueTimes() -> @Sendable (String) -> Timestamp {
        let lifetimes = backends.all.mapValues { $0.limits.urlLifetime ?? .zero }
        return { [now] backend in now() + (lifetimes[backend] ?? .zero) }
    }

    private func record(_ report: GarbageReport, _ actor: String?, _ origin: String) async {
        guard !report.isEmpty else { return }
        let details = [
            ("uploads", "\(report.uploads)"), ("manifests", "\(report.manifests)"), ("blobs", "\(report.blobs)"),
            ("bytes", "\(report.bytes)"), ("objects", "\(report.objects)"),
        ]
        await audit.record(AuditEvent(.garbageCollected, actor: actor, origin: origin, details))
    }
}
