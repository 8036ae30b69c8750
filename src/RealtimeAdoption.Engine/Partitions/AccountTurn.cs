using RealtimeAdoption.Scoring.Accounts;
using RealtimeAdoption.Scoring.Changes;
using RealtimeAdoption.Scoring.Models;
using RealtimeAdoption.Scoring.Records;

namespace RealtimeAdoption.Engine.Partitions;

/// <summary>What an account answers to its partition after it took something.</summary>
/// <param name="Effects">What it did.</param>
/// <param name="Row">What the fleet keeps of it, where that differs.</param>
/// <param name="NextDueDay">The first day whose tick it must see.</param>
/// <param name="Error">A broken invariant: the account must take nothing more. The rest is then void.</param>
internal readonly record struct AccountAnswer(AccountEffects Effects, AccountRow? Row, int NextDueDay, Exception? Error);

/// <param name="Card">Null: as it was.</param>
/// <param name="Mark">As it is now.</param>
internal sealed record AccountRow(AccountCard? Card, AccountMark Mark)
{
    public static AccountRow Of(CompiledModel model, ref AccountState state)
    {
        var (card, mark) = AccountActor.Row(model, ref state);
        return new AccountRow(card, mark);
    }
}

/// <summary>
/// The seam between a partition and its accounts: an account takes a record, a tick or a rebuilt state, and gives one answer; its changes go into the
/// given list. Here the account is a block in the same memory. Whatever it throws stops that account and nothing else.
/// </summary>
internal static class AccountTurn
{
    public static AccountAnswer Apply(CompiledModel model, ref AccountEntry account, in Record record, long position, int day, ChangeList changes)
    {
        try
        {
            return Answer(model, ref account, AccountActor.Apply(model, ref account.State, record, position, day, changes));
        }
        catch (Exception error)
        {
            return Broken(error, changes);
        }
    }

    public static AccountAnswer Tick(CompiledModel model, ref AccountEntry account, int day, long position, ChangeList changes)
    {
        try
        {
            return Answer(model, ref account, AccountActor.Tick(model, ref account.State, day, position, changes));
        }
        catch (Exception error)
        {
            return Broken(error, changes);
        }
    }

    public static AccountAnswer Swap(
        CompiledModel model, ref AccountEntry account, AccountState rebuilt, long through, long position, int day, long atMs, ChangeList changes)
    {
        try
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(atMs);
            return Answer(model, ref account, AccountActor.Swap(model, ref account.State, rebuilt, through, position, day, at, changes));
        }
        catch (Exception error)
        {
            return Broken(error, changes);
        }
    }

    public static AccountAnswer SwapModel(
        CompiledModel before, CompiledModel model, ref AccountEntry account, AccountState rebuilt, long through, long position, int day, long atMs, ChangeList changes)
    {
        try
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(atMs);
            return Answer(model, ref account, AccountActor.SwapModel(before, ref account.State, model, rebuilt, through, position, day, at, changes));
        }
        catch (Exception error)
        {
            return Broken(error, changes);
        }
    }

    private static AccountAnswer Answer(CompiledModel model, ref AccountEntry account, AccountEffects effects)
    {
        var row = account.Card is null || (effects & AccountEffects.CardChanged) != AccountEffects.None ? AccountRow.Of(model, ref account.State)
            : effects != AccountEffects.None ? new AccountRow(null, AccountActor.Mark(model, ref account.State))
            : null;
        return new AccountAnswer(effects, row, AccountActor.NextDueDay(account.State), null);
    }

    private static AccountAnswer Broken(Exception error, ChangeList changes)
    {
        changes.Clear();
        return new AccountAnswer(AccountEffects.None, null, int.MaxValue, error);
    }
}
