"""Portuguese, as callers speak it; pure."""

from llm_worker.providers.spoken import Answers, Spoken, Stemming

PORTUGUESE = Spoken(
    Answers(
        unknown="Desculpe, isso eu não sei. Posso ajudar em mais alguma coisa?",
        welcome="De nada. Posso ajudar em mais alguma coisa?",
        farewell="Obrigado por ligar. Até logo.",
        hello="Olá. Como posso ajudar?",
    ),
    Stemming(endings=("es", "as", "os", "is", "a", "o", "e", "s")),
    grammar=(
        "a à ao aos as às o os um uma uns umas de do da dos das em no na nos nas num numa por "
        "pelo pela pelos pelas para pra pro com sem sob sobre até entre e ou mas nem que se como "
        "quando onde aonde qual quais quem quanto quanta quantos quantas porque porquê é são era "
        "foi ser estar está estão estou fica ficam tem têm tenho há haver vai vão vou ir vem pode "
        "podem posso poderia gostaria queria quero quer preciso precisa precisar devo deve fazer "
        "faz faço existe existem ter me mim meu minha meus minhas te você vocês seu sua seus suas "
        "ele ela eles elas nós eu isso isto aquilo esse essa este esta esses essas aquele aquela "
        "lá aqui aí já ainda também só muito mais menos bem bom boa então agora hoje amanhã ontem "
        "sim não saber sei dizer diga fala falar conte informar informação informações dúvida "
        "pergunta favor gentileza obrigado obrigada desculpe olá oi alô alguém algum alguma "
        "alguns algumas coisa coisas outro outra outros outras lhe nessa nesse neste nesta dessa "
        "desse deste desta daí né tá ok tudo dá dia dias hora horas vez muita muitas muitos "
        "acontece acontecem chego chegar chega fazem mandam mandar enviam enviar anos"
    ),
    groups=(
        "custa custam custo preço preços valor valores tarifa pagar paga pagam reais grátis",
        "abre abrem abertura início começa começam começo inicia",
        "fecha fecham fechado termina terminam encerra fim acaba",
        "credenciamento crachá inscrição registro",
        "ingresso ingressos entrada entradas bilhete bilhetes passe",
        "programação programa agenda cronograma",
        "palestra palestras apresentação apresentações",
        "palestrante palestrantes orador oradores",
        "oficina oficinas workshop workshops",
        "almoço almoçar comida comer refeição refeições vegetariano vegetarianos vegetariana",
        "festa encerramento",
        "local lugar endereço sede centro localização",
        "estacionamento estacionar carro garagem vaga",
        "metrô estação ônibus trem",
        "rampa elevador cadeira cadeirante acessibilidade acessível rodas",
        "reembolso reembolsar devolução devolver dinheiro",
        "transferir transferido transferência nome",
        "estudante estudantes aluno alunos meia",
        "criança crianças filho filhos filha filhas bebê",
        "tradução tradutor intérprete interpretação",
        "wifi wi fi fio internet rede senha",
        "hotel hotéis hospedagem hospedar",
        "pagamento cartão boleto pix",
        "nota fiscal fatura recibo",
        "gravação gravações gravado gravadas vídeo vídeos",
        "mala malas bagagem guarda volumes casaco",
    ),
    phrases={
        "meia entrada": "estudante",
        "quanto é": "custa",
        "onde é": "local",
        "onde fica": "local",
        "onde acontece": "local",
    },
    thanks="obrigado obrigada valeu agradeço",
    greetings="olá oi alô bom boa dia tarde noite",
    goodbyes="tchau adeus logo",
)
