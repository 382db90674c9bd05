import RegistryCore

/// Scrubs one after another, with everything that their user sees of them.
struct ScrubRun: Sendable {
    let scrubs: [Scrub]
    let access: StorageOptions.Access

    func run() async throws -> ScrubReport {
        let lock = try FileLock("\(access.settings.data)/scrub.lock") { who in
            "another scrub\(who) is under way; wait for it, or stop it first: this one goes on where it stops"
        }
        // A migration takes copies that it does not know for what a crash left.
        let copying =
            try !scrubs.contains(where: \.repairs)
            ? nil
            : FileLock("\(access.settings.data)/migrate.lock") { who in
                "a migration\(who) is under way; wait for it, or leave out --repair"
            }
        defer { withExtendedLifetime((lock, copying)) {} }
        var report = ScrubReport()
        for scrub in scrubs { report.backends.append(try await run(scrub)) }
        return report
    }

    private func run(_ scrub: Scrub) async throws -> ScrubReport.Backend {
        let line = ProgressLine()
        let scrubber = Scrubber(
            metadata: access.store, backends: access.backends, scrub: scrub,
            report: { line.note(Self.text($0, on: scrub.backend)) })
        let speed = Speed()
        do {
            try await line.showing({
                // The next run begins there, and whoever asks the server's /metrics sees this. A moment that is missed is not
                // worth an error.
                try? await scrubber.save()
                return Self.text(scrubber, speed)
            }) {
                try await scrubber.run()
            }
        } catch {
            try? await scrubber.save()
            throw Self.failure(error, scrubber)
        }
        // Once more, as it may have overtaken one of those.
        try await scrubber.save()
        return try await ScrubReport.Backend(scrubber.progress, scrubber, access.store)
    }

    private static func failure(_ error: any Error, _ scrubber: Scrubber) -> CommandFailure {
        let progress = scrubber.progress
        let far =
            "\(Amount.count(progress.checked.blobs)) of \(Amount.count(progress.total.blobs, "blob")) on "
            + "\(progress.backend) were read; run it again to go on"
        if error is CancellationError || Task.isCancelled {
            return CommandFailure(.failure, "interrupted: \(far)", cause: error)
        }
        var failure = CommandFailure(error)
        failure.message += "; \(far)"
        return failure
    }
}

// What is said on the way.
extension ScrubRun {
    private static func text(_ scrubber: Scrubber, _ speed: Speed) -> String {
        let (progress, read) = (scrubber.progress, scrubber.bytesRead)
        // Blobs that came meanwhile are not in the total.
        let all = max(progress.total.bytes, progress.checked.bytes)
        let percent = all > 0 ? progress.checked.bytes * 100 / all : 100
        var text =
            "\(progress.backend): \(Amount.count(progress.checked.blobs)) of "
            + "\(Amount.count(max(progress.total.blobs, progress.checked.blobs), "blob")), "
            + "\(Amount.bytes(progress.checked.bytes)) of \(Amount.bytes(all)) (\(percent)%)"
        if progress.damaged > 0 { text += ", \(Amount.count(progress.damaged)) damaged" }
        if let rate = speed.rate(read), rate > 0 {
            let left = Amount.time(.seconds((all - progress.checked.bytes) / rate))
            text += ", \(Amount.bytes(rate))/s, \(left) left"
        }
        return text
    }

    private static func text(_ event: ScrubEvent, on backend: String) -> String {
        switch event {
        case .waiting(let name, let error):
            "\(name ?? "the database") does not answer, waiting until it does: \(error)"
        case .resumed(let name): "\(name ?? "the database") answers again, going on"
        case .damaged(let blob): blob.headline
        case .repaired(let damage, let source): "\(damage.blob.digest) on \(backend) is repaired from \(source)"
        case .notRepaired(let digest, let source, let reason):
            "\(digest) on \(backend) could not be repaired from \(source): \(reason)"
        case .passed(let blob): "\(blob.digest) on \(backend) is not damaged after all"
        case .unreadable(let digest, let error):
            "\(digest) on \(backend) could not be read, which says nothing about it: \(error)"
        }
    }
}
