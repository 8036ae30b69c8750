using RealtimeAdoption.Engine.Fleet;
using RealtimeAdoption.Engine.Intake;
using RealtimeAdoption.Engine.Journal;
using RealtimeAdoption.Engine.ModelChange;
using RealtimeAdoption.Engine.Partitions;
using RealtimeAdoption.Engine.Snapshots;
using RealtimeAdoption.Engine.Verification;
using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Models;

namespace RealtimeAdoption.Engine.Host;

/// <summary>
/// What doors and answers need of whoever runs the partitions: the embedded host in one process, or a silo of the cluster. Reads reflect everything that
/// was acknowledged before them. Thread-safe.
/// </summary>
public interface IScoringHost : IFleet
{
    StoreIdentity Identity { get; }

    /// <summary>The model in force: while another one is being activated, the one before, until every partition has swapped.</summary>
    CompiledModel Model { get; }

    /// <summary>The file's text of <see cref="Model"/>, as the journal has it.</summary>
    string ModelText { get; }

    /// <summary>Null: no activation is under way.</summary>
    ActivationStatus? Activation { get; }

    /// <summary>The one clock of the process.</summary>
    TimeProvider Clock { get; }

    HostStatus Status { get; }

    /// <summary>Makes a batch durable; its outcomes are set when the answer is <see cref="IntakeStatus.Done"/>. The batch must stay untouched until then.</summary>
    ValueTask<IntakeAnswer> AppendAsync(IntakeBatch batch, CancellationToken cancellationToken);

    /// <summary>The account that the user was last grouped into.</summary>
    bool TryFindAccount(ReadOnlySpan<byte> user, out string account);

    /// <summary>Null: no such account.</summary>
    ValueTask<AccountView?> AccountAsync(string account, bool explain, CancellationToken cancellationToken);

    ValueTask<IReadOnlyList<UserView>?> UsersAsync(string account, CancellationToken cancellationToken);

    /// <summary>Newest first. Null: no such account.</summary>
    ValueTask<IReadOnlyList<StoredChange>?> HistoryAsync(string account, long before, int limit, CancellationToken cancellationToken);

    /// <summary>Changes of one partition after a sequence, in order, from store and memory.</summary>
    ValueTask<IReadOnlyList<StoredChange>> FeedAsync(int partition, long after, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Runs a model over the whole history beside the live one, one preview at a time, in the background; answers at once. Reads and writes go on. Not while an activation is under way.
    /// </summary>
    /// <param name="text">Of a model file.</param>
    /// <param name="progress">Called on a thread of the host, some times a second; null: nobody looks.</param>
    /// <param name="cancellationToken">Ends the preview, not only the start of it.</param>
    PreviewStart PreviewModel(string text, IProgress<ModelProgress>? progress, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a model the one in force. Answers when its first journal record is durable: from then on it happens, after a crash too. Each partition computes its accounts from
    /// history and swaps all of them at one journal position, while records keep flowing; <see cref="Activation"/> tells how far it is. Ends a preview that is under way.
    /// </summary>
    /// <param name="text">Of a model file.</param>
    /// <param name="by">Who asks for it, at most 256 characters; stands in the journal.</param>
    /// <param name="cancellationToken">Ends the waiting for the answer. What has become durable happens.</param>
    ValueTask<ActivationStart> ActivateModelAsync(string text, string by, CancellationToken cancellationToken);

    /// <summary>
    /// Makes every account from the journal again, beside the live ones, and compares the two at one position, with all sums in the store checked on the way; in the background, one at a time;
    /// answers at once. Reads and writes go on. Not while an activation is under way.
    /// </summary>
    /// <param name="progress">Called on a thread of the host, some times a second; null: nobody looks.</param>
    /// <param name="cancellationToken">Ends the verification, not only the start of it.</param>
    VerifyStart Verify(IProgress<ModelProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Records that count for nothing, because they break their accounts. The earliest received first; bounded in each partition.</summary>
    ValueTask<IReadOnlyList<QuarantinedRecord>> QuarantineAsync(CancellationToken cancellationToken);

    /// <summary>Has a quarantined record counted again: its account is rebuilt in the background, and a record that still breaks it comes back. Asked, not done, when it answers. False: it is not in quarantine.</summary>
    ValueTask<bool> ReleaseAsync(int partition, long position, CancellationToken cancellationToken);
}

/// <param name="Ready">Recovered and caught up.</param>
/// <param name="Detail">One sentence for the operator.</param>
/// <param name="Rebuilding">Accounts marked for rebuild.</param>
public sealed record HostStatus(bool Ready, string Detail, int Rebuilding);
