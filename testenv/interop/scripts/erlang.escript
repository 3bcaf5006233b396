#!/usr/bin/env escript
%% erlang-jose (Debian erlang-jose and erlang-jiffy) for the interoperability tests; doc.go has the contract of the commands.

main([]) ->
    {ok, _} = application:ensure_all_started(jose),
    io:setopts([{encoding, latin1}]),
    loop().

loop() ->
    case io:get_line("") of
        eof -> ok;
        Line ->
            io:format("~s~n", [answer(string:lexemes(Line, " \n"))]),
            loop()
    end.

answer([Command, Key, Parameter, Source, Target]) ->
    try finish(run(Command, Key, list_to_binary(Parameter), Source), Target)
    catch
        throw:lacks -> ["lacks ", Command];
        _:Reason -> ["refused ", io_lib:format("~0W", [Reason, 20])]
    end.

%% jose returns error, where others throw, when a tag does not hold.
finish(Result, Target) when is_binary(Result) -> ok = file:write_file(Target, Result), "done".

run("seal", Key, Cty, Source) -> seal(Key, Cty, Source, #{});
run("deflate", Key, Cty, Source) -> seal(Key, Cty, Source, #{<<"zip">> => <<"DEF">>});
run("inflate", Key, _, Source) -> run("open", Key, <<"-">>, Source);
run("open", Key, _, Source) ->
    {Plain, #{<<"alg">> := <<"RSA-OAEP-256">>}} = opened(load(Key), read(Source)),
    Plain;
run("sign", Path, Typ, Source) ->
    true = salt(-1),
    sign(Path, Typ, Source);
run("salt", Path, Typ, Source) ->
    true = salt(-2),
    sign(Path, Typ, Source);
run("verify", Key, _, Source) ->
    {true, Payload, _} = jose_jwk:verify_strict(read(Source), [<<"PS512">>], load(Key)),
    Payload;
run("thumbprint", Key, _, _) -> jose_jwk:thumbprint(load(Key));
run("certified", Key, _, _) ->
    [Leaf | _] = member(<<"x5c">>, load(Key)),
    Pem = public_key:pem_encode([{'Certificate', base64:decode(Leaf), not_encrypted}]),
    jose_jwk:thumbprint(jose_jwk:from_pem(Pem));
run(_, _, _, _) -> throw(lacks).

sign(Path, Typ, Source) ->
    Key = load(Path),
    Header = #{<<"alg">> => <<"PS512">>, <<"kid">> => member(<<"kid">>, Key), <<"typ">> => Typ},
    compact(jose_jws, jose_jwk:sign(read(Source), Header, Key)).

%% Left alone, jose signs with the longest salt that fits (potatosalad/erlang-jose issue 121), which RFC 7518 3.5 forbids and
%% ours refuses; -1 is as long as the hash, -2 the longest. There is no other way to say it than in jose's own table.
salt(Length) ->
    Options = [{rsa_padding, rsa_pkcs1_pss_padding}, {rsa_pss_saltlen, Length}],
    ets:insert(jose_jwa, {{rsa_sign, rsa_pkcs1_pss_padding}, {public_key, Options}}).

seal(Path, Cty, Source, Extra) ->
    Key = load(Path),
    Header = Extra#{<<"alg">> => <<"RSA-OAEP-256">>, <<"enc">> => <<"A256GCM">>, <<"kid">> => member(<<"kid">>, Key)},
    compact(jose_jwe, jose_jwk:block_encrypt(read(Source), with_cty(Cty, Header), Key)).

with_cty(<<"-">>, Header) -> Header;
with_cty(Cty, Header) -> Header#{<<"cty">> => Cty}.

opened(Key, Compact) ->
    {Plain, Header} = jose_jwk:block_decrypt(Compact, Key),
    {_, Members} = jose_jwe:to_map(Header),
    {Plain, Members}.

compact(Module, Message) -> element(2, Module:compact(Message)).

load(Path) -> jose_jwk:from_binary(read(Path)).

read(Path) -> {ok, Bytes} = file:read_file(Path), Bytes.

member(Name, Key) -> maps:get(Name, element(2, jose_jwk:to_map(Key))).
